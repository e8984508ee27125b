import type { Sandbox } from '../machine/sandbox.ts';
import { commandOf, questionOf } from './asked.ts';
import { type Book, openBook } from './book.ts';
import type { SandboxClient } from './client.ts';
import type { Connection, Feed } from './feed.ts';
import type { Setting } from './options.ts';
import { inOrder, type PendingCommand, type Settlement } from './pending.ts';
import { predict, whyNot } from './predict.ts';
import { createSender } from './sender.ts';
import type { Cooperation } from './share-tabs.ts';
import { same } from './snapshot.ts';
import type { Told } from './state.ts';
import { withChanges } from './timeline.ts';
import type { Reason, SnapshotType } from './transport.ts';

/** One sandbox of a client: what is known of it, what was asked for, and who is told. */
export interface Replica {
  readonly client: SandboxClient;
  readonly book: Book;
  /** Joins the other tabs, and begins to be told. */
  start(): void;
  /** Takes in what was told. Answers false when it came too late to count. */
  receive(told: Told): boolean;
  connected(connection: Connection, problem: string | null): void;
}

const noAnswer = (message: string): Reason => ({ code: 'no_answer', message });
const neverSent = noAnswer('The server was not reached in time.');
const neverAnswered = noAnswer('No answer came in time; it may have been carried out.');

const leftBehind = noAnswer('The page let go of it.');

/** A sandbox that this feed tells about. A feed with a `stop` is its own. */
export function createReplica(
  setting: Setting,
  id: string,
  initial: Sandbox | undefined,
  feed: Pick<Feed, 'start' | 'read'> & Partial<Feed>,
): Replica {
  const { clock, times, tab, tick, rules, policy, serverTime } = setting;
  const { isVersioned } = setting.transport;
  let cooperation: Cooperation | undefined;
  let isDisposed = false;
  /** The commands whose deadline this tab keeps, and whom to tell how they ended. */
  const watches = new Map<string, { settle(settlement: Settlement): void; cancel(): void }>();

  const book = openBook(setting, id, initial, (entry, settlement) => {
    const watch = watches.get(entry.id);
    if (settlement && watch) {
      watch.settle(settlement);
      watch.cancel();
      watches.delete(entry.id);
    }
    if (entry.owner === tab) cooperation?.share(entry, settlement);
  });
  const { state, find, view, takeBack } = book;
  const first = book.getSnapshot();

  /** A stream tells by itself. Should it not, and where there is none, the truth is asked for. */
  const { pump, stop } = createSender(setting, book, () => {
    if (state().connection !== 'live') feed.read();
    else clock.wake(times.pollMs, () => state().pending.length > 0 && feed.read());
  });

  function start(): void {
    if (isDisposed) return;
    cooperation ??= setting.tabs?.(setting, id, book, (adopted) => {
      if (adopted) watch(adopted);
      if (adopted?.state === 'unknown') feed.read();
      feed.start();
      pump();
    });
    feed.start();
  }

  function watch(
    { id: commandId, deadline }: PendingCommand,
    settle: (settlement: Settlement) => void = () => {},
  ): void {
    const cancel = clock.wake(deadline - clock.now(), () => {
      const entry = find(commandId);
      if (!entry) return;
      const isSent = entry.tries > 0;
      // It has happened: it stays until the truth includes it, so that what is shown does not go back.
      if (entry.state === 'acknowledged') {
        settle({ outcome: entry.isUnchanged ? 'unchanged' : 'applied', reason: null });
      } else if (entry.owner !== tab) settle({ outcome: 'unknown', reason: neverAnswered });
      else takeBack(entry, isSent ? 'unknown' : 'dropped', isSent ? neverAnswered : neverSent);
    });
    watches.set(commandId, { settle, cancel });
  }

  /** What became of a command whose answer was lost, judged by a reading that began after that. */
  function decide({ begun }: Told): void {
    const entry = state().pending.find((one) => one.state !== 'acknowledged');
    if (entry?.state !== 'unknown' || entry.owner !== tab || begun < entry.answered) return;
    const before = view(entry) as Sandbox;
    const reason = whyNot(before, entry.command);
    // Nothing tells a snapshot that was never begun from one that has ended, and a second one is not wanted.
    if (reason || entry.command.type === 'snapshot') takeBack(entry, 'unknown', reason ?? neverAnswered);
    else if (predict(before, entry.command, policy).outcome === 'applied')
      book.update(entry.id, { state: 'queued' });
    else book.finish(entry, { outcome: 'unchanged', reason: null });
  }

  const client: SandboxClient = {
    getSnapshot: book.getSnapshot,
    getServerSnapshot: () => first,
    subscribe(listener) {
      const end = book.listen(listener);
      start();
      return end;
    },
    send(asked, { ifVersion } = {}) {
      const { pending, truth } = state();
      const commandId = setting.newId();
      // One after the other, also when the clock stands still or goes back.
      const at = Math.max(serverTime.now(), ...pending.map((other) => other.command.at + 1));
      const command = commandOf(asked, commandId, at);
      const reason = isDisposed ? leftBehind : whyNot(view(), command);
      const entry: PendingCommand = {
        sandboxId: truth?.sandbox.id ?? id,
        id: commandId,
        command,
        state: 'queued',
        owner: tab,
        tries: 0,
        deadline: clock.now() + times.deadlineMs,
        snapshotType: (asked as { readonly snapshotType?: SnapshotType }).snapshotType,
        ifVersion,
        answered: 0,
        notBefore: 0,
      };
      start();
      const settled = new Promise<Settlement>((settle) => watch(entry, settle));
      if (reason) takeBack(entry, isDisposed ? 'dropped' : 'refused', reason);
      else if (truth?.sandbox.status === 'terminated')
        book.finish(entry, { outcome: 'unchanged', reason: null });
      else {
        book.write({ pending: [...pending, entry].sort(inOrder) });
        cooperation?.share(entry);
        pump();
      }
      return { id: commandId, settled };
    },
    can: (question) => !whyNot(view(), questionOf(question)),
    why: (question) => whyNot(view(), questionOf(question)),
    refresh() {
      start();
      feed.read();
    },
    dismiss(rollbackId) {
      const { rollbacks } = state();
      const left = rollbacks.filter((rollback) => rollbackId !== undefined && rollback.id !== rollbackId);
      if (left.length < rollbacks.length) book.write({ rollbacks: left });
    },
    dispose() {
      isDisposed = true;
      stop();
      feed.stop?.();
      cooperation?.leave();
      for (const { settle, cancel } of watches.values()) {
        cancel();
        settle({ outcome: 'unknown', reason: leftBehind });
      }
    },
  };

  return {
    client,
    book,
    start,
    receive(told) {
      const { truth, pending, timeline } = state();
      const isNew = rules.admits(truth, told, isVersioned);
      if (!isNew && !isVersioned) return told.begun > (truth?.came ?? 0);
      const next = isNew || !truth ? { sandbox: same(told.sandbox, truth?.sandbox), came: tick() } : truth;
      const cause = pending.find((entry) => rules.includes(next, told, entry))?.id ?? null;
      const from = truth?.sandbox.status ?? null;
      // Where there is no history, a step is what looks different from before.
      const step = { sandbox: next.sandbox, at: serverTime.now(), from, event: null, actor: null, cause };
      const steps = isVersioned ? told.changes : from === step.sandbox.status ? [] : [step];
      const seen = withChanges(timeline, steps, isVersioned, (by) => !!find(by) || book.isOver(by));
      if (next !== truth || seen !== timeline || cause) book.write({ truth: next, timeline: seen }, told);
      if (!isVersioned) decide(told);
      pump();
      return true;
    },
    connected(connection, problem) {
      const now = state();
      if (now.connection !== connection || now.problem !== problem) book.write({ connection, problem });
      pump();
    },
  };
}
