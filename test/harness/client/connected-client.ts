import {
  createSandboxClient,
  type ProtocolListener,
  type SandboxClientOptions,
} from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import { createRandom } from '../shared/random.ts';
import { flushPromises, runningSandbox, scriptedTransport } from './scripted-transport.ts';
import { createWorld } from './world.ts';

const { next: random } = createRandom(1);

/** Creates a client whose stream is open, in a world whose clock advances only when `pass` is called. */
export async function connectedClient(
  sandbox: Sandbox = runningSandbox(),
  {
    world = createWorld(10_000),
    ...more
  }: Partial<SandboxClientOptions> & { world?: ReturnType<typeof createWorld> } = {},
) {
  const transport = Object.assign(scriptedTransport(sandbox, more.transport?.isVersioned ?? true), {
    scope: more.transport?.scope,
  });
  const client = createSandboxClient({
    id: 'a1',
    clock: world,
    random,
    times: { releaseMs: 5000 },
    ...more,
    transport,
  });
  const unsubscribe = client.subscribe(() => {});
  const openStream = async () => {
    await flushPromises();
    transport.streams.at(-1)?.onOpen();
    await flushPromises();
  };
  await openStream();
  return {
    client,
    transport,
    world,
    unsubscribe,
    openStream,
    /** The types of the commands that were sent, in order. */
    sentTypes: () => transport.sent.map(({ command }) => command.type),
    pass: (milliseconds: number) => world.runUntil(world.now() + milliseconds, () => {}),
    /** Sends the record after a command by the stream. */
    sendChange(next: Sandbox, event: string, cause: string | null) {
      const change = { sandbox: next, at: 5000, from: sandbox.status, event, actor: 'ada', cause };
      (transport.streams.at(-1) as ProtocolListener).onUpdate({ sandboxes: [], changes: [change] });
    },
    /** Reads now, and receives this record. */
    async read(next: Sandbox) {
      transport.update = { sandboxes: [next] };
      client.refresh();
      await flushPromises();
    },
  };
}
