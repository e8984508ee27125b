import { deepStrictEqual } from 'node:assert';
import { commands, type Sandbox, transition } from '../../../src/index.ts';
import type { Asked, Case } from './judge.ts';
import { isLeftOut, must } from './laws.ts';
import { times } from './limits.ts';

/** In the end everything is told. */
export function everythingIsTold(own: Case): void {
  const { server, isVersioned, views } = own;
  const truth = server.record();
  for (const { isGone, client } of views) {
    if (isGone) continue;
    const { sandbox, confirmed, pending, connection } = client.getSnapshot();
    const isSame = isVersioned
      ? confirmed === truth
      : confirmed?.status === truth.status && confirmed.name === truth.name;
    must(isSame || isLeftOut(own, confirmed), 'clients converge', () => [confirmed, truth, connection]);
    // Of one that nothing was ever told of nothing is shown, also when another tab has done something to it.
    const isNothing = pending.length === 0 || confirmed === null;
    must(isNothing && sandbox === confirmed, 'nothing is left pending', () => pending);
    for (const name of commands) {
      const reason = client.why(name);
      must(client.can(name) === (reason === undefined), 'can is false exactly when why has a reason');
      if (isVersioned && confirmed === truth)
        must(
          reason?.message ===
            transition(truth, { type: name, at: 0, name: 'name', snapshotId: 'x' } as never).refusal?.message,
          "why is the machine's own reason",
        );
    }
  }
}

/** In the end everything that was asked for has settled, and in the one way that is true. */
export function everythingHasSettled(own: Case): void {
  for (const asked of own.asked.values()) {
    hasSettled(own, asked);
    wasDoneOnce(own, asked);
    wasPredicted(own, asked);
  }
}

function hasSettled(own: Case, { id, view, at, promised }: Asked): void {
  const { server, isVersioned, views, tally } = own;
  const { settlement } = promised;
  // A tab that was killed can keep no promise, and one that was closed leaves its commands to others.
  if (settlement === undefined) {
    must(view.isGone, 'every command settles', () => id);
    return;
  }
  const { outcome } = settlement;
  const deed = server.deeds.get(id);
  const appliedAt = deed?.appliedAt ?? [];
  const records = views.filter(({ rollbacks }) => rollbacks.has(id)).length;
  tally.count(`settled ${outcome}`);
  must((promised.at ?? 0) <= at + times.deadlineMs, 'a command settles within its deadline', () => [
    outcome,
    (promised.at ?? 0) - at,
  ]);
  const isGood = outcome === 'applied' || outcome === 'unchanged';
  must(isGood === (settlement.reason === null), 'a reason is given exactly when it did not go well');
  if (!view.isGone)
    must(records === (isGood ? 0 : 1), 'every rollback is recorded exactly once', () => [
      id,
      outcome,
      records,
    ]);
  if (outcome === 'applied' && isVersioned) {
    // A record that came without its steps does not tell whether the command made one of them.
    if (appliedAt.length === 0) tally.count('applied by assumption');
    must(appliedAt.length === 1 || (deed?.unchanged ?? 0) > 0, 'what is said to be applied was taken');
  }
  if (outcome === 'unchanged' && isVersioned)
    must(appliedAt.length === 0, 'what is said to be unchanged was', () => [id, appliedAt]);
  // Without keys, a request that the network doubled is carried out once and refused once.
  const isOnce = isVersioned || (deed?.requests ?? 0) <= 1;
  if (outcome === 'refused' && isOnce)
    must(appliedAt.length === 0, 'what is said to be refused was not done');
  if (outcome === 'dropped') must(deed === undefined, 'what is said to be dropped was never sent');
  if (outcome === 'refused' && deed) tally.count('refused by the server');
  if (outcome === 'applied' && !isVersioned)
    must((deed?.requests ?? 0) > 0, 'what is said to be applied was sent');
}

function wasDoneOnce({ server, isVersioned, views, senders, tally }: Case, { id }: Asked): void {
  const records = views.filter(({ rollbacks }) => rollbacks.has(id)).length;
  const by = senders.get(id)?.size ?? 0;
  must(records <= 1, 'a rollback is recorded once', () => id);
  if (isVersioned) must((server.deeds.get(id)?.appliedAt.length ?? 0) <= 1, 'one server effect for each key');
  if (by > 1) tally.count('taken over by another tab');
  must(by <= 1 || views.some(({ isGone }) => isGone), 'a command is sent by one tab', () => id);
}

function wasPredicted(own: Case, { id, predicted, unopposedAfter }: Asked): void {
  const { server, isVersioned, tally } = own;
  const deed = server.deeds.get(id);
  const appliedAt = deed?.appliedAt[0];
  if (appliedAt === undefined || unopposedAfter === null || predicted === null) return;
  if (appliedAt !== unopposedAfter + 1) return;
  tally.count('prediction compared');
  const real = server.records[appliedAt] as Sandbox;
  // Whether a keepalive moves a limit depends on the millisecond, and with it the version does.
  const counts = isVersioned && deed?.command.type !== 'keepalive';
  const law = 'a prediction is the outcome when unopposed';
  deepStrictEqual(essence(predicted, isVersioned, counts), essence(real, isVersioned, counts), law);
}

/** What a prediction must get right: all but the times, and the name that the server gives to a snapshot. */
function essence(sandbox: Sandbox, isVersioned: boolean, counts: boolean) {
  const { status, name, version, operations, incarnation, pendingReason, operation } = sandbox;
  const seen = { status, name, kind: operation?.kind, outcome: sandbox.outcome?.reason };
  if (!isVersioned) return { status, name };
  return {
    ...seen,
    version: counts && version,
    operations,
    incarnation,
    pendingReason,
    isLimited: sandbox.expiresAt !== null,
  };
}
