import { deepStrictEqual } from 'node:assert';
import type { SandboxView } from '../../../src/client/index.ts';
import { type Sandbox, transition } from '../../../src/index.ts';
import type { Case, View } from './judge.ts';
import { policy } from './limits.ts';

/** Throws the name of the law that is broken. */
export function must(condition: boolean, law: string, detail?: () => unknown): asserts condition {
  if (!condition) throw new Error(`${law}${detail ? `: ${JSON.stringify(detail())}` : ''}`);
}

/** Every law about what a page may show at any instant. */
export function holdAgainst(own: Case, view: View, before: SandboxView, now: SandboxView): void {
  must(now.confirmed !== null || before.confirmed === null, 'what is confirmed is never lost');
  if (now.confirmed) isTrue(own, before, now, now.confirmed as Sandbox);
  for (const { id, state } of before.pending) goesWithItsTruth(own, id, state, now);
  for (const { id, outcome } of now.rollbacks) {
    if (before.rollbacks.some((rollback) => rollback.id === id)) continue;
    must(!view.rollbacks.has(id), 'a rollback is recorded once', () => id);
    view.rollbacks.set(id, outcome);
  }
}

/** Whether a list has left a sandbox out, so that its end is known without its record, or nothing was ever told of it. */
export function isLeftOut(
  { server, leavesOut }: Case,
  confirmed: { readonly status: string } | null,
): boolean {
  const hasEnded = server.record().status === 'terminated';
  return leavesOut && hasEnded && (confirmed === null || confirmed.status === 'terminated');
}

function isTrue(own: Case, before: SandboxView, now: SandboxView, confirmed: Sandbox): void {
  const { server, isVersioned } = own;
  const real = server.records[confirmed.version] as Sandbox;
  must(
    isLeftOut(own, confirmed) ||
      (isVersioned ? confirmed === real : confirmed.status === real.status && confirmed.name === real.name),
    "the confirmed state was really the server's",
    () => [confirmed, real],
  );
  must(confirmed.version >= (before.confirmed?.version ?? 0), 'the version never goes back', () => [
    before.confirmed?.version,
    confirmed.version,
  ]);
  must(
    before.confirmed?.status !== 'terminated' || confirmed.status === 'terminated',
    'terminated is never left',
  );
  const fold = now.pending.reduce(
    (sandbox, { command }) => transition(sandbox, command, policy).sandbox,
    confirmed,
  );
  deepStrictEqual(now.sandbox, fold, 'the view is the fold of truth and pending');
}

function goesWithItsTruth(own: Case, id: string, state: string, now: SandboxView): void {
  const { server, isVersioned, views, tally } = own;
  // What was given up as unknown may have been carried out all the same; the tab that gave it up says so.
  const isTakenBack = views.some(({ client }) => client.getSnapshot().rollbacks.some((one) => one.id === id));
  if (isTakenBack || now.pending.some((entry) => entry.id === id)) return;
  const appliedAt = server.deeds.get(id)?.appliedAt[0];
  if (appliedAt === undefined || (!isVersioned && state !== 'acknowledged')) return;
  tally.count('left with its truth');
  must(
    isLeftOut(own, now.confirmed) || (now.confirmed?.version ?? 0) >= appliedAt,
    'an accepted command never shows the old state again',
    () => [id, appliedAt, now.confirmed?.version],
  );
}
