import {
  createTransport,
  type Protocol,
  type ProtocolListener,
  type SendRequest,
  type ServerReply,
  type ServerUpdate,
  type Transport,
} from '../../../src/client/index.ts';
import { createSandbox, type Sandbox, transition } from '../../../src/index.ts';

/** A running sandbox with a name, at version 2. */
export function runningSandbox(name: string | null = 'my-env', timeoutMs: number | null = null): Sandbox {
  const { sandbox } = createSandbox({ id: 'a1', name, timeoutMs, at: 1000 });
  return transition(sandbox, { type: 'boot.completed', operation: 1, at: 2000 }).sandbox;
}

/** A transport whose replies a test controls, and which records its requests. */
export interface ScriptedTransport extends Transport {
  readonly sent: SendRequest[];
  reads: number;
  /** The known version that each read passed. */
  readonly knownVersions: (number | undefined)[];
  readonly streams: ProtocolListener[];
  /** Replies to the oldest unanswered command. */
  reply(reply: ServerReply): Promise<void>;
  /** The result of every read. */
  update: ServerUpdate;
}

/** Waits until every chain of promises has ended or waits for a timer. */
export async function flushPromises(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

/** Creates a scripted transport whose reads return this sandbox. */
export function scriptedTransport(sandbox: Sandbox, isVersioned = true): ScriptedTransport {
  const waiting: ((reply: ServerReply) => void)[] = [];
  const protocol: Protocol = {
    isVersioned,
    async read(_id, after) {
      transport.reads++;
      transport.knownVersions.push(after);
      return transport.update;
    },
    send(request) {
      transport.sent.push(request);
      return new Promise((resolve) => waiting.push(resolve));
    },
    ...(isVersioned && {
      follow(_id: string | undefined, _after: number | undefined, listener: ProtocolListener) {
        transport.streams.push(listener);
        return () => {};
      },
    }),
  };
  const transport: ScriptedTransport = {
    ...createTransport(protocol),
    sent: [],
    reads: 0,
    knownVersions: [],
    streams: [],
    update: { sandboxes: [sandbox] },
    async reply(reply) {
      waiting.shift()?.(reply);
      await flushPromises();
    },
  };
  return transport;
}
