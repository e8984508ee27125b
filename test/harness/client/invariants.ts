import { deepStrictEqual } from 'node:assert';
import type { SandboxView } from '../../../src/client/index.ts';
import { type Sandbox, transition } from '../../../src/index.ts';
import type { CheckedSandbox, CheckedView } from './checked-sandbox.ts';
import { policy } from './limits.ts';

/** Throws the name of the invariant that is violated. */
export function must(condition: boolean, invariant: string, detail?: () => unknown): asserts condition {
  if (!condition) throw new Error(`${invariant}${detail ? `: ${JSON.stringify(detail())}` : ''}`);
}

/** Checks the invariants that hold for the view of a page at every instant. */
export function checkInvariants(
  checked: CheckedSandbox,
  view: CheckedView,
  before: SandboxView,
  now: SandboxView,
): void {
  must(now.confirmed !== null || before.confirmed === null, 'the confirmed state is never lost');
  if (now.confirmed) checkConfirmed(checked, before, now, now.confirmed as Sandbox);
  for (const { id, state } of before.pending)
    if (!view.left.has(id) && checked.server.restores() === 0) checkInclusion(checked, id, state, now);
  for (const { id, outcome } of now.rollbacks) {
    if (before.rollbacks.some((rollback) => rollback.id === id)) continue;
    must(!view.rollbacks.has(id), 'a rollback is recorded once', () => id);
    view.rollbacks.set(id, outcome);
  }
}

/** Whether the server's list omits the sandbox. A client then knows its end without the record, or does not know the sandbox. */
export function isOmitted(
  { server, omitsTerminated }: CheckedSandbox,
  confirmed: { readonly status: string } | null,
): boolean {
  const hasEnded = server.record().status === 'terminated';
  return omitsTerminated && hasEnded && (confirmed === null || confirmed.status === 'terminated');
}

function checkConfirmed(
  checked: CheckedSandbox,
  before: SandboxView,
  now: SandboxView,
  confirmed: Sandbox,
): void {
  const { server, isVersioned } = checked;
  const real = server.records[confirmed.version] as Sandbox;
  must(
    isOmitted(checked, confirmed) ||
      (isVersioned
        ? server.wasRecord(confirmed)
        : confirmed.status === real.status && confirmed.name === real.name),
    "the confirmed state was really the server's",
    () => [confirmed, real],
  );
  const mayGoBack = server.restores() > 0;
  must(
    mayGoBack || confirmed.version >= (before.confirmed?.version ?? 0),
    'the version never goes back',
    () => [before.confirmed?.version, confirmed.version],
  );
  must(
    mayGoBack || before.confirmed?.status !== 'terminated' || confirmed.status === 'terminated',
    'terminated is final',
  );
  const fold = now.pending.reduce(
    (sandbox, { command }) => transition(sandbox, command, policy).sandbox,
    confirmed,
  );
  deepStrictEqual(now.sandbox, fold, 'the view is the fold of confirmed and pending');
}

/** Checks that a page shows the effect of a command that is not pending any more. */
export function checkInclusion(checked: CheckedSandbox, id: string, state: string, now: SandboxView): void {
  const { server, isVersioned, views, counters } = checked;
  // The server may have applied a command that a tab rolled back as unknown. That tab shows the rollback.
  const isRolledBack = views.some(({ client }) =>
    client.getSnapshot().rollbacks.some((one) => one.id === id),
  );
  const isForgotten =
    (checked.commands.get(id)?.forgottenAt ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY;
  if (isRolledBack || isForgotten || now.pending.some((entry) => entry.id === id)) return;
  const appliedAt = server.handled.get(id)?.appliedAt[0];
  if (appliedAt === undefined || (!isVersioned && state !== 'acknowledged')) return;
  counters.count('settled with its state');
  must(
    isOmitted(checked, now.confirmed) || (now.confirmed?.version ?? 0) >= appliedAt,
    'an accepted command never shows the old state again',
    () => [id, appliedAt, now.confirmed?.version],
  );
}
