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

/** A server that answers when a test says so, and keeps what it was asked. */
export interface ScriptedTransport extends Transport {
  readonly sent: SendRequest[];
  reads: number;
  /** What each read said to be known already. */
  readonly knew: (number | undefined)[];
  readonly streams: ProtocolListener[];
  /** Answers the oldest command that waits for it. */
  answer(answer: ServerReply): Promise<void>;
  /** What a read brings. */
  reading: ServerUpdate;
}

/** Lets everything happen that waits for nothing but its turn. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

/** A scripted server whose reads bring this sandbox. */
export function scriptedTransport(sandbox: Sandbox, isVersioned = true): ScriptedTransport {
  const waiting: ((answer: ServerReply) => void)[] = [];
  const wire: Protocol = {
    isVersioned,
    async read(_id, after) {
      transport.reads++;
      transport.knew.push(after);
      return transport.reading;
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
    ...createTransport(wire),
    sent: [],
    reads: 0,
    knew: [],
    streams: [],
    reading: { sandboxes: [sandbox] },
    async answer(answer) {
      waiting.shift()?.(answer);
      await turns();
    },
  };
  return transport;
}
