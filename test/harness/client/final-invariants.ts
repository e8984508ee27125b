import { deepStrictEqual } from 'node:assert';
import { commands, type Sandbox, transition } from '../../../src/index.ts';
import { timeoutNames } from '../../../src/model/sandbox.ts';
import type { CheckedSandbox, SentCommand } from './checked-sandbox.ts';
import { isOmitted, must } from './invariants.ts';
import { times } from './limits.ts';

/** Checks that every open page shows the server's state in the end. */
export function checkConvergence(checked: CheckedSandbox): void {
  const { server, isVersioned, views } = checked;
  const record = server.record();
  for (const { isClosed, client } of views) {
    if (isClosed) continue;
    const { sandbox, confirmed, pending, connection } = client.getSnapshot();
    const isSame = isVersioned
      ? confirmed === record
      : confirmed?.status === record.status && confirmed.name === record.name;
    must(isSame || isOmitted(checked, confirmed), 'clients converge', () => [confirmed, record, connection]);
    // A page that never received the sandbox shows nothing, even if another tab has sent a command to it.
    const hasNoPending = pending.length === 0 || confirmed === null;
    must(hasNoPending && sandbox === confirmed, 'no command remains pending', () => pending);
    for (const name of commands) {
      const reason = client.why(name);
      must(client.can(name) === (reason === undefined), 'can is false exactly when why has a reason');
      if (isVersioned && confirmed === record)
        must(
          reason?.message ===
            transition(record, { type: name, at: 0, name: 'name', snapshotId: 'x', timeoutMs: 1 } as never)
              .refusal?.message,
          "why is the machine's own reason",
        );
    }
  }
}

/** Checks that every command has settled in the end, with the true outcome. */
export function checkSettlements(checked: CheckedSandbox): void {
  for (const command of checked.commands.values()) {
    checkSettlement(checked, command);
    checkEffects(checked, command);
    checkPrediction(checked, command);
  }
}

function checkSettlement(checked: CheckedSandbox, { id, view, at, result }: SentCommand): void {
  const { server, isVersioned, views, counters } = checked;
  const { settlement } = result;
  // The commands of a killed tab cannot settle there, and a closed tab leaves its commands to others.
  if (settlement === undefined) {
    must(view.isClosed, 'every command settles', () => id);
    return;
  }
  const { outcome } = settlement;
  const handled = server.handled.get(id);
  const appliedAt = handled?.appliedAt ?? [];
  const records = views.filter(({ rollbacks }) => rollbacks.has(id)).length;
  counters.count(`settled ${outcome}`);
  must((result.at ?? 0) <= at + times.deadlineMs, 'a command settles within its deadline', () => [
    outcome,
    (result.at ?? 0) - at,
  ]);
  const isSuccess = outcome === 'applied' || outcome === 'unchanged';
  must(
    isSuccess === (settlement.reason === null),
    'a settlement has a reason exactly when the command failed',
  );
  if (!view.isClosed && !view.left.has(id) && server.restores() === 0)
    must(records === (isSuccess ? 0 : 1), 'every rollback is recorded exactly once', () => [
      id,
      outcome,
      records,
    ]);
  if (outcome === 'dropped') must(handled === undefined, 'a dropped command was never sent');
  if (server.restores() > 0) return;
  if (outcome === 'applied' && isVersioned) {
    // A record without its history does not show whether the command caused one of the steps.
    if (appliedAt.length === 0) counters.count('applied by assumption');
    must(appliedAt.length === 1 || (handled?.unchanged ?? 0) > 0, 'an applied command was accepted');
  }
  if (outcome === 'unchanged' && isVersioned)
    must(appliedAt.length === 0, 'an unchanged command changed nothing', () => [id, appliedAt]);
  // Without idempotency keys, a request that the network doubled is applied once and refused once.
  const isOnce = isVersioned || (handled?.requests ?? 0) <= 1;
  if (outcome === 'refused' && isOnce) must(appliedAt.length === 0, 'a refused command was not applied');
  if (outcome === 'refused' && handled) counters.count('refused by the server');
  if (outcome === 'applied' && !isVersioned)
    must((handled?.requests ?? 0) > 0, 'an applied command was sent');
}

function checkEffects(
  { server, isVersioned, views, senders, counters }: CheckedSandbox,
  { id }: SentCommand,
): void {
  const records = views.filter(({ rollbacks }) => rollbacks.has(id)).length;
  const senderCount = senders.get(id)?.size ?? 0;
  must(records <= 1, 'a rollback is recorded once', () => id);
  if (isVersioned && server.restores() === 0)
    must((server.handled.get(id)?.appliedAt.length ?? 0) <= 1, 'one server effect for each key');
  if (senderCount > 1) counters.count('taken over by another tab');
  must(
    senderCount <= 1 || views.some(({ isClosed, left }) => isClosed || left.size > 0),
    'a command is sent by one tab',
    () => id,
  );
}

function checkPrediction(checked: CheckedSandbox, { id, predicted, unopposedAfter }: SentCommand): void {
  const { server, isVersioned, counters } = checked;
  const handled = server.handled.get(id);
  const appliedAt = handled?.appliedAt[0];
  if (appliedAt === undefined || unopposedAfter === null || predicted === null) return;
  if (server.restores() > 0) return;
  if (appliedAt !== unopposedAfter + 1) return;
  counters.count('prediction compared');
  const real = server.records[appliedAt] as Sandbox;
  // Whether a keepalive moves a limit, and so creates a version, depends on the millisecond.
  const hasVersion = isVersioned && handled?.command.type !== 'keepalive';
  const invariant = 'a prediction is the outcome when unopposed';
  deepStrictEqual(
    comparable(predicted, isVersioned, hasVersion),
    comparable(real, isVersioned, hasVersion),
    invariant,
  );
}

/** The part of a record that a prediction must match: everything except times and the snapshot's id. */
function comparable(sandbox: Sandbox, isVersioned: boolean, hasVersion: boolean) {
  const { status, name, version, operations, incarnation, pendingReason, operation } = sandbox;
  const common = { status, name, kind: operation?.kind, outcome: sandbox.outcome?.reason };
  if (!isVersioned) return { status, name };
  return {
    ...common,
    version: hasVersion && version,
    operations,
    incarnation,
    pendingReason,
    isLimited: sandbox.expiresAt !== null,
    generation: sandbox.generation,
    limits: timeoutNames.map((limit) => sandbox[limit]),
    counting: [sandbox.idleAt, sandbox.discardAt].map((at) => at !== null),
  };
}
