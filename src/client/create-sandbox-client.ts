import type { Sandbox } from '../model/sandbox.ts';
import { type ClientOptions, settingOf } from './options.ts';
import { type Rules, rules } from './replica/reconcile.ts';
import { createReplica } from './replica/replica.ts';
import type { SandboxClient } from './replica/sandbox-client.ts';
import { bySandbox } from './replica/sandbox-update.ts';
import { longest } from './replica/timeline.ts';
import type { ShownSandbox } from './replica/view.ts';

/** What a client of one sandbox takes. */
export interface SandboxClientOptions extends ClientOptions {
  /** The id of the sandbox, or its name. */
  readonly id: string;
  /** Its record, when it is known already, as for a page that a server rendered. */
  readonly initial?: ShownSandbox | undefined;
}

/** Makes clients that go by these rules. */
export function clientWith(own: Rules): (options: SandboxClientOptions) => SandboxClient {
  return (options) => {
    const setting = settingOf(options, own, {
      told: (reading, begun) => bySandbox(reading, begun).every(receive),
      connected: (...link) => connected(...link),
      sandboxId: () => book.state().truth?.sandbox.id ?? options.id,
      known() {
        const { truth, timeline } = book.state();
        const version = truth?.sandbox.version ?? 0;
        const steps = Math.min(version, longest);
        // A stream may have told the newest steps before any of the past were read.
        return timeline.at(-steps)?.sandbox.version === version - steps + 1 ? version : undefined;
      },
      isFinished() {
        const { truth, pending } = book.state();
        return truth?.sandbox.status === 'terminated' && pending.length === 0;
      },
    });
    const initial = options.initial as Sandbox | undefined;
    const { client, book, receive, connected } = createReplica(setting, options.id, initial);
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
  return clientWith(rules)(options);
}
