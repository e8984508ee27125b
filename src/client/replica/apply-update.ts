import type { Sandbox } from '../../model/sandbox.ts';
import type { ClientContext } from './client-context.ts';
import { neverAnswered } from './command-deadlines.ts';
import { predict, whyNot } from './predict.ts';
import type { ReplicaStore } from './replica-store.ts';
import type { SandboxUpdate } from './state.ts';
import { withChanges } from './timeline.ts';
import { same } from './view.ts';

/** Takes in what was told of the sandbox of this book. Answers false when it came too late to count. */
export function applyUpdate(setting: ClientContext, book: ReplicaStore, told: SandboxUpdate): boolean {
  const { rules, nextTick, serverNow } = setting;
  const { isVersioned } = setting.transport;
  const { confirmed, pending, timeline } = book.state();
  const isNew = rules.admits(confirmed, told, isVersioned);
  if (!isNew && !isVersioned) return told.requestedAt > (confirmed?.receivedAt ?? 0);
  const next =
    isNew || !confirmed
      ? { sandbox: same(told.sandbox, confirmed?.sandbox), receivedAt: nextTick() }
      : confirmed;
  const cause = pending.find((entry) => rules.includes(next, told, entry))?.id ?? null;
  const from = confirmed?.sandbox.status ?? null;
  // Where there is no history, a step is what looks different from before.
  const step = { sandbox: next.sandbox, at: serverNow(), from, event: null, actor: null, cause };
  const steps = isVersioned ? told.changes : from === step.sandbox.status ? [] : [step];
  const seen = withChanges(timeline, steps, isVersioned, (by) => !!book.find(by) || book.isOver(by));
  if (next !== confirmed || seen !== timeline || cause) book.write({ confirmed: next, timeline: seen }, told);
  if (!isVersioned) decide(setting, book, told);
  return true;
}

/** What became of a command whose answer was lost, judged by a reading that began after that. */
function decide({ tab, policy }: ClientContext, book: ReplicaStore, { requestedAt }: SandboxUpdate): void {
  const entry = book.state().pending.find((one) => one.state !== 'acknowledged');
  if (entry?.state !== 'unknown' || entry.owner !== tab || requestedAt < entry.answered) return;
  const before = book.view(entry) as Sandbox;
  const reason = whyNot(before, entry.command);
  // Nothing tells a snapshot that was never requestedAt from one that has ended, and a second one is not wanted.
  if (reason || entry.command.type === 'snapshot') book.rollBack(entry, 'unknown', reason ?? neverAnswered);
  else if (predict(before, entry.command, policy).outcome === 'applied')
    book.update(entry.id, { state: 'queued' });
  else book.finish(entry, { outcome: 'unchanged', reason: null });
}
