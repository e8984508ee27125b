import type { Sandbox } from '../model/sandbox.ts';
import { type ClientOptions, createContext } from './options.ts';
import { type Reconciliation, reconciliation } from './replica/reconcile.ts';
import { createReplica } from './replica/replica.ts';
import type { SandboxClient } from './replica/sandbox-client.ts';
import { groupBySandbox } from './replica/sandbox-update.ts';
import { longest } from './replica/timeline.ts';
import type { DisplayedSandbox } from './replica/view.ts';

/** What a client of one sandbox takes. */
export interface SandboxClientOptions extends ClientOptions {
  /** The id of the sandbox, or its name. */
  readonly id: string;
  /** Its record, when it is known already, as for a page that a server rendered. */
  readonly initial?: DisplayedSandbox | undefined;
}

/** Makes clients that go by these rules. */
export function clientWith(own: Reconciliation): (options: SandboxClientOptions) => SandboxClient {
  return (options) => {
    const setting = createContext(options, own, {
      onUpdate: (reading, requestedAt) => groupBySandbox(reading, requestedAt).every(applyUpdate),
      onConnection: (...link) => connected(...link),
      sandboxId: () => book.state().confirmed?.sandbox.id ?? options.id,
      known() {
        const { confirmed, timeline } = book.state();
        const version = confirmed?.sandbox.version ?? 0;
        const steps = Math.min(version, longest);
        // A stream may have told the newest steps before any of the past were read.
        return timeline.at(-steps)?.sandbox.version === version - steps + 1 ? version : undefined;
      },
      isFinished() {
        const { confirmed, pending } = book.state();
        return confirmed?.sandbox.status === 'terminated' && pending.length === 0;
      },
    });
    const initial = options.initial as Sandbox | undefined;
    const { client, book, applyUpdate, connected } = createReplica(
      setting,
      options.tabs,
      options.id,
      initial,
    );
    return client;
  };
}

/**
 * A client of one sandbox: shows at once what a command will come to, and takes it back when the server says otherwise.
 * Nothing is sent before the first `subscribe`, `send` or `refresh`.
 *
 * @example
 * const client = createSandboxClient({ id: 'my-env', transport: httpTransport({ url: 'http://127.0.0.1:8080' }) });
 * client.subscribe(() => render(client.getSnapshot()));
 * const { settled } = client.send('suspend');
 * console.log(await settled); // { outcome: 'applied', reason: null }
 */
export function createSandboxClient(options: SandboxClientOptions): SandboxClient {
  return clientWith(reconciliation)(options);
}
