import type { ClientContext } from './client-context.ts';
import { type CommandInputOrName, commandOf, commandOfQuery } from './command-input.ts';
import type { PendingCommand } from './pending-command.ts';
import { refusalOf } from './predict.ts';
import type { ReplicaStore } from './replica-store.ts';
import type { CommandHandle, SandboxClient } from './sandbox-client.ts';

/** The actions of a replica that its client calls. */
interface ReplicaActions {
  start(): void;
  ready(): Promise<void>;
  subscribe(listener: () => void): () => void;
  submit(entry: PendingCommand): CommandHandle;
  dispose(): void;
}

/** Creates the public face of a replica. */
export function createReplicaClient(
  context: ClientContext,
  store: ReplicaStore,
  { start, ready, subscribe, submit, dispose }: ReplicaActions,
): SandboxClient {
  const { clock, times, tabId, connection, newId, serverNow } = context;
  const first = store.getSnapshot();
  const why = (query: CommandInputOrName) => refusalOf(store.view(), commandOfQuery(query));
  return {
    getSnapshot: store.getSnapshot,
    getServerSnapshot: () => first,
    get ready() {
      return ready();
    },
    subscribe(listener) {
      const unsubscribe = subscribe(listener);
      start();
      return unsubscribe;
    },
    send(input, { ifVersion } = {}) {
      // First, because it restores the commands that the previous page left.
      start();
      const { id, pending } = store.getSnapshot();
      const commandId = newId();
      // Strictly increasing, even when the clock stands still or is set back.
      const at = Math.max(serverNow(), ...pending.map(({ command }) => command.at + 1));
      return submit({
        sandboxId: id,
        id: commandId,
        command: commandOf(input, commandId, at),
        state: 'queued',
        owner: tabId,
        tries: 0,
        deadline: clock.now() + times.deadlineMs,
        snapshotType: (input as Pick<PendingCommand, 'snapshotType'>).snapshotType,
        configuration: (input as Pick<PendingCommand, 'configuration'>).configuration,
        ifVersion,
        answeredAt: 0,
        notBefore: 0,
      });
    },
    can: (query) => !why(query),
    why,
    refresh() {
      start();
      connection.read();
    },
    dismiss(rollbackId) {
      const { rollbacks } = store.state();
      const kept = rollbacks.filter((rollback) => rollbackId !== undefined && rollback.id !== rollbackId);
      if (kept.length < rollbacks.length) store.write({ rollbacks: kept });
    },
    dispose,
  };
}
