import type { Sandbox } from '../../model/sandbox.ts';
import type { SnapshotType } from '../transport/command-request.ts';
import type { ConnectionState } from '../transport/transport.ts';
import { applyUpdate } from './apply-update.ts';
import type { ClientContext } from './client-context.ts';
import { createCommandDeadlines, leftBehind } from './command-deadlines.ts';
import { commandOf, commandOfQuery } from './command-input.ts';
import { createCommandSender } from './command-sender.ts';
import { inOrder, type PendingCommand, type Settlement } from './pending-command.ts';
import { whyNot } from './predict.ts';
import { createReplicaStore, type ReplicaStore } from './replica-store.ts';
import type { SandboxClient } from './sandbox-client.ts';
import type { SandboxUpdate } from './state.ts';
import type { Cooperation, TabSharing } from './tab-sharing.ts';

/** One sandbox of a client: what is known of it, what was asked for, and who is told. */
export interface Replica {
  readonly client: SandboxClient;
  readonly book: ReplicaStore;
  /** Joins the other tabs, and begins to be told. */
  start(): void;
  /** Takes in what was told. Answers false when it came too late to count. */
  applyUpdate(told: SandboxUpdate): boolean;
  connected(connection: ConnectionState, problem: string | null): void;
  /** Lets go of everything. */
  dispose(): void;
}

/** A sandbox that the setting's feed tells about. */
export function createReplica(
  setting: ClientContext,
  tabs: TabSharing | undefined,
  id: string,
  initial: Sandbox | undefined,
): Replica {
  const { clock, times, tab, feed } = setting;
  let cooperation: Cooperation | undefined;
  let isJoined = false;
  let isDisposed = false;

  const book = createReplicaStore(setting, id, initial, (entry, settlement) => {
    if (settlement) deadlines.end(entry.id, settlement);
    if (entry.owner === tab) cooperation?.share(entry, settlement);
  });
  const { state, view } = book;
  const deadlines = createCommandDeadlines(setting, book);
  const first = book.getSnapshot();

  /** A stream tells by itself. Should it not, and where there is none, the truth is asked for. */
  const { pump, stop } = createCommandSender(setting, book, () => {
    if (state().connection !== 'live') feed.read();
    else clock.wake(times.pollMs, () => state().pending.length > 0 && feed.read());
  });

  function start(): void {
    if (isDisposed) return;
    if (!isJoined) {
      isJoined = true;
      cooperation = tabs?.(setting, id, book, (adopted) => {
        if (adopted) deadlines.keep(adopted);
        if (adopted?.state === 'unknown') feed.read();
        feed.start();
        pump();
      });
    }
    feed.start();
  }

  function dispose(): void {
    isDisposed = true;
    stop();
    feed.stop();
    cooperation?.leave();
    deadlines.leave();
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
      // First, because it brings back what the page before has left behind.
      start();
      const { pending, confirmed } = state();
      const commandId = setting.newId();
      // One after the other, also when the clock stands still or goes back.
      const at = Math.max(setting.serverNow(), ...pending.map((other) => other.command.at + 1));
      const command = commandOf(asked, commandId, at);
      const refusal = whyNot(view(), command);
      const entry: PendingCommand = {
        sandboxId: confirmed?.sandbox.id ?? id,
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
      const settled = new Promise<Settlement>((settle) => deadlines.keep(entry, settle));
      if (refusal) book.rollBack(entry, 'refused', refusal);
      else if (confirmed?.sandbox.status === 'terminated')
        book.finish(entry, { outcome: 'unchanged', reason: null });
      else if (isDisposed) book.rollBack(entry, 'dropped', leftBehind);
      else {
        book.write({ pending: [...pending, entry].sort(inOrder) });
        cooperation?.share(entry);
        pump();
      }
      return { id: commandId, settled };
    },
    can: (question) => !whyNot(view(), commandOfQuery(question)),
    why: (question) => whyNot(view(), commandOfQuery(question)),
    refresh() {
      start();
      feed.read();
    },
    dismiss(rollbackId) {
      const { rollbacks } = state();
      const left = rollbacks.filter((rollback) => rollbackId !== undefined && rollback.id !== rollbackId);
      if (left.length < rollbacks.length) book.write({ rollbacks: left });
    },
    dispose,
  };

  return {
    client,
    book,
    start,
    applyUpdate(told) {
      const isInTime = applyUpdate(setting, book, told);
      pump();
      return isInTime;
    },
    connected(connection, problem) {
      const now = state();
      if (now.connection !== connection || now.problem !== problem) book.write({ connection, problem });
      pump();
    },
    dispose,
  };
}
