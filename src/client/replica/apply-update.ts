import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerChange, ServerUpdate } from '../transport/server-update.ts';
import type { ClientContext } from './client-context.ts';
import { unansweredSentence } from './pending-command.ts';
import { predict } from './predict.ts';
import { isKnownOtherwise } from './reconcile.ts';
import type { ReplicaStore } from './replica-store.ts';
import { reuseIfEqual } from './reuse-if-equal.ts';
import type { SandboxUpdate, TimelineEntry } from './state.ts';
import { withChanges } from './timeline.ts';

/** Splits a server's update by sandbox: the newest record of each, and its changes. */
export function groupBySandbox(
  { sandboxes, changes = [] }: ServerUpdate,
  requestedAt: number,
): SandboxUpdate[] {
  const parts = new Map<string, { sandbox: Sandbox; changes: ServerChange[]; requestedAt: number }>();
  for (const item of [...changes, ...sandboxes.map((sandbox) => ({ sandbox }))]) {
    const { sandbox } = item;
    const part = parts.get(sandbox.id) ?? { sandbox, changes: [], requestedAt };
    if (sandbox.version >= part.sandbox.version) part.sandbox = sandbox;
    if ('at' in item) part.changes.push(item);
    parts.set(sandbox.id, part);
  }
  return [...parts.values()];
}

/** Applies an update to the store of its sandbox. Returns false when it was requested too early for it to count. */
export function applyUpdate(context: ClientContext, store: ReplicaStore, update: SandboxUpdate): boolean {
  const { reconciliation, nextTick, serverNow } = context;
  const { isVersioned } = context.transport;
  const { confirmed, pending, timeline } = store.state();
  const isSame = confirmed?.sandbox.id === update.sandbox.id;
  const isReset = isVersioned && isSame && reconciliation.isReset(store.state(), update);
  const isNew = isReset || reconciliation.admits(confirmed, update, isVersioned);
  if (!isNew && !isVersioned) return update.requestedAt > (confirmed?.receivedAt ?? 0);
  const next =
    isNew || !confirmed
      ? { sandbox: reuseIfEqual(update.sandbox, confirmed?.sandbox), receivedAt: nextTick() }
      : confirmed;
  const cause = pending.find((entry) => reconciliation.includes(next, update, entry))?.id ?? null;
  const from = confirmed?.sandbox.status ?? null;
  // Without a history, a change of status counts as a step.
  const step = { sandbox: next.sandbox, at: serverNow(), from, event: null, actor: null, cause };
  const changes = isVersioned ? update.changes : from === step.sandbox.status ? [] : [step];
  const isMine = (id: string) => !!store.find(id) || store.isSettled(id);
  const kept = isVersioned ? withoutLost(timeline, update, isReset) : timeline;
  const nextTimeline = withChanges(kept, changes, isVersioned, isMine);
  if (next !== confirmed || nextTimeline !== timeline || cause)
    store.write({ confirmed: next, timeline: nextTimeline }, update);
  if (!isVersioned) resolveUnknown(context, store, update);
  else if (isSame) giveUpLost(store, update);
  // After a reset, the steps are read again.
  return !isReset;
}

/** The steps of a timeline that the server still has, as far as the update shows it: a message of the stream may show it too. */
function withoutLost(
  timeline: readonly TimelineEntry[],
  { sandbox, changes }: SandboxUpdate,
  isReset: boolean,
): readonly TimelineEntry[] {
  // Every step is read again.
  if (isReset && changes.length > 0) return [];
  const other = changes.find((change) => isKnownOtherwise(timeline, change.sandbox))?.sandbox.version;
  if (!isReset) return other ? timeline.filter((entry) => entry.sandbox.version < other) : timeline;
  return timeline.filter(
    (entry) => entry.sandbox.version < sandbox.version || reuseIfEqual(entry.sandbox, sandbox) === sandbox,
  );
}

/** Gives up the accepted commands that a later read does not include, because the server was turned back. */
function giveUpLost(store: ReplicaStore, { sandbox, requestedAt }: SandboxUpdate): void {
  for (const { id } of store.state().pending) {
    const entry = store.find(id);
    if (
      entry?.state === 'acknowledged' &&
      entry.answeredAt < requestedAt &&
      (entry.version ?? 0) > sandbox.version
    )
      store.giveUp(entry, 'The server went back to an earlier state, without this command.');
  }
}

/** Decides from a read what happens with the commands whose replies were lost before the read began. */
function resolveUnknown(
  { tabId, policy }: ClientContext,
  store: ReplicaStore,
  { requestedAt }: SandboxUpdate,
): void {
  for (const { id } of store.state().pending) {
    const entry = store.find(id);
    if (entry?.state !== 'unknown' || entry.owner !== tabId || requestedAt < entry.answeredAt) continue;
    const before = store.view(entry) as Sandbox;
    const { refusal, outcome } = predict(before, entry.command, policy);
    if (refusal) store.rollBack(entry, 'unknown', refusal);
    // A read cannot distinguish a snapshot that has ended from one that never began, and must not be followed by a second one.
    else if (entry.command.type === 'snapshot') store.giveUp(entry, unansweredSentence(entry));
    else if (outcome === 'applied') store.update(id, { state: 'queued' });
    else store.settle(entry, { outcome: 'unchanged', reason: null });
  }
}
