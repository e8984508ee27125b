import type { Sandbox } from '../model/sandbox.ts';
import { type ClientOptions, createContext } from './options.ts';
import { groupBySandbox } from './replica/apply-update.ts';
import { defaultReconciliation, type Reconciliation } from './replica/reconcile.ts';
import { createReplica } from './replica/replica.ts';
import type { SandboxClient } from './replica/sandbox-client.ts';
import type { DisplayedSandbox } from './replica/view.ts';
import { historyLimit } from './transport/server-update.ts';

/** Options of a client of one sandbox. */
export interface SandboxClientOptions extends ClientOptions {
  /** The id of the sandbox, or its name. */
  readonly id: string;
  /**
   * The record of the sandbox, if the page has it already, for example because a server rendered the page. The client does
   * not show a record that no sandbox can have: `problem` names the wrong field, and the client waits for the server.
   */
  readonly initial?: DisplayedSandbox | undefined;
}

/** Returns the constructor of clients that use this reconciliation. */
export function clientWith(reconciliation: Reconciliation): (options: SandboxClientOptions) => SandboxClient {
  return (options) => {
    const context = createContext(options, reconciliation, {
      onUpdate: (update, requestedAt) => groupBySandbox(update, requestedAt).every(applyUpdate),
      onConnection: (...connection) => setConnection(...connection),
      onClock: () => client.getSnapshot().timeout && store.write({}),
      sandboxId: () => client.getSnapshot().id,
      knownVersion() {
        const { confirmed, timeline } = client.getSnapshot();
        const version = confirmed?.version ?? 0;
        const steps = Math.min(version, historyLimit);
        // The stream may have sent the newest steps before the client has read the earlier ones.
        return timeline.at(-steps)?.sandbox.version === version - steps + 1 ? version : undefined;
      },
      isFinished() {
        const { confirmed, pending } = client.getSnapshot();
        return confirmed?.status === 'terminated' && pending.length === 0;
      },
    });
    const initial = options.initial as Sandbox | undefined;
    const problem = initial && options.transport.problemOf({ sandboxes: [initial] });
    const record = problem ? undefined : initial;
    const { client, store, applyUpdate, setConnection } = createReplica(
      context,
      options.tabs,
      options.id,
      record,
    );
    if (problem) setConnection('stale', problem);
    return client;
  };
}

/**
 * Creates a client of one sandbox. It shows the predicted result of a command at once, and rolls the command back if the
 * server rejects it. Sends nothing before the first `subscribe`, `send`, `refresh` or access to `ready`.
 *
 * @example
 * const client = createSandboxClient({ id: 'my-env', transport: httpTransport({ url: 'http://127.0.0.1:8080' }) });
 * client.subscribe(() => render(client.getSnapshot()));
 * await client.ready;
 * const { settled } = client.send('suspend');
 * console.log(await settled); // { outcome: 'applied', reason: null }
 */
export function createSandboxClient(options: SandboxClientOptions): SandboxClient {
  return clientWith(defaultReconciliation)(options);
}
