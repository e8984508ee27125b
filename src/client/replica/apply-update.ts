import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import type { ClientContext } from './client-context.ts';
import { noReply } from './command-deadlines.ts';
import { predict, refusalOf } from './predict.ts';
import type { ReplicaStore } from './replica-store.ts';
import { reuseIfEqual } from './reuse-if-equal.ts';
import type { SandboxUpdate } from './state.ts';
import { withChanges } from './timeline.ts';

/** Splits a server's update by sandbox: the newest record of each, and its changes. */
export function groupBySandbox(
  { sandboxes, changes = [] }: ServerUpdate,
  requestedAt: number,
): SandboxUpdate[] {
  const newest = new Map<string, Sandbox>();
  for (const sandbox of [...changes.map((change) => change.sandbox), ...sandboxes]) {
    if (sandbox.version >= (newest.get(sandbox.id)?.version ?? 0)) newest.set(sandbox.id, sandbox);
  }
  return [...newest.values()].map((sandbox) => ({
    sandbox,
    changes: changes.filter((change) => change.sandbox.id === sandbox.id),
    requestedAt,
  }));
}

/** Applies an update to the store of its sandbox. Returns false when it was requested too early for it to count. */
export function applyUpdate(context: ClientContext, store: ReplicaStore, update: SandboxUpdate): boolean {
  const { reconciliation, nextTick, serverNow } = context;
  const { isVersioned } = context.transport;
  const { confirmed, pending, timeline } = store.state();
  const isNew = reconciliation.admits(confirmed, update, isVersioned);
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
  const nextTimeline = withChanges(timeline, changes, isVersioned, isMine);
  if (next !== confirmed || nextTimeline !== timeline || cause)
    store.write({ confirmed: next, timeline: nextTimeline }, update);
  if (!isVersioned) resolveUnknown(context, store, update);
  return true;
}

/** Decides from a read what happens with a command whose reply was lost before the read began. */
function resolveUnknown(
  { tabId, policy }: ClientContext,
  store: ReplicaStore,
  { requestedAt }: SandboxUpdate,
): void {
  const entry = store.state().pending.find((one) => one.state !== 'acknowledged');
  if (entry?.state !== 'unknown' || entry.owner !== tabId || requestedAt < entry.answeredAt) return;
  const before = store.view(entry) as Sandbox;
  const reason = refusalOf(before, entry.command);
  // A read cannot distinguish a snapshot that has ended from one that never began, and must not be followed by a second one.
  if (reason || entry.command.type === 'snapshot') store.rollBack(entry, 'unknown', reason ?? noReply);
  else if (predict(before, entry.command, policy).outcome === 'applied')
    store.update(entry.id, { state: 'queued' });
  else store.settle(entry, { outcome: 'unchanged', reason: null });
}
