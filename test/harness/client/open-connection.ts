import {
  createTransport,
  defaultTimes,
  type Protocol,
  type ProtocolListener,
  type ReadFailure,
  type ServerUpdate,
} from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import { runningSandbox } from './scripted-transport.ts';
import { createWorld, settlePromises } from './world.ts';

/** A read that a connection has begun. */
interface PendingRead {
  readonly after: number | undefined;
  readonly signal: AbortSignal;
  /** The time of the request, in epoch ms. */
  readonly at: number;
  reply(result: ServerUpdate | ReadFailure): void;
  fail(): void;
}

/** A stream that a connection has opened. */
interface OpenedStream {
  readonly after: number | undefined;
  readonly listener: ProtocolListener;
  /** The time of the request, in epoch ms. */
  readonly at: number;
  isClosed: boolean;
}

interface ConnectionFixture {
  readonly sandbox?: Sandbox;
  readonly random?: () => number;
  /** Whether the protocol has streams; true unless given. */
  readonly canFollow?: boolean;
}

/** A connection to a server whose replies a test writes, in a world whose clock the test advances. */
export function openConnection({
  sandbox = runningSandbox(),
  random = () => 0.5,
  canFollow = true,
  ...more
}: Partial<Protocol> & ConnectionFixture = {}) {
  const world = createWorld(1_000_000);
  const reads: PendingRead[] = [];
  const streams: OpenedStream[] = [];
  /** The connection's reports: updates by their first version, and states with their problems. */
  const reports: string[] = [];
  let ticks = 0;
  const server = { isFinished: false, onReport: (_report: string) => {} };

  const protocol: Protocol = {
    isVersioned: true,
    read: (_id, after, signal) =>
      new Promise((resolve, reject) => {
        reads.push({
          after,
          signal,
          at: world.now(),
          reply: resolve,
          fail: () => reject(new Error('failed')),
        });
      }),
    send: async () => ({ outcome: 'accepted' }),
    ...(canFollow && {
      follow(_id: string | undefined, after: number | undefined, listener: ProtocolListener) {
        const stream = { after, listener, at: world.now(), isClosed: false };
        streams.push(stream);
        return () => {
          stream.isClosed = true;
        };
      },
    }),
    ...more,
  };
  function report(text: string): void {
    reports.push(text);
    server.onReport(text);
  }
  const transport = createTransport(protocol);
  const connection = transport.connect(
    { clock: world, times: defaultTimes, random, nextTick: () => ++ticks },
    {
      onUpdate({ sandboxes: [first], changes }) {
        report(`version ${first?.version ?? changes?.[0]?.sandbox.version ?? 'none'}`);
        return true;
      },
      onConnection: (state, problem) => report(problem ? `${state}: ${problem}` : state),
      sandboxId: () => 'a1',
      knownVersion: () => undefined,
      isFinished: () => server.isFinished,
      onClock: () => report(`clock ${connection.aheadMs()}`),
    },
  );
  return {
    world,
    server,
    reads,
    streams,
    reports,
    transport,
    connection,
    update: { sandboxes: [sandbox] } as ServerUpdate,
    /** Advances the clock by this many ms. */
    pass: (milliseconds: number) => world.runUntil(world.now() + milliseconds, () => {}),
    /** Opens the newest stream and replies to its read. */
    async goLive(): Promise<void> {
      streams.at(-1)?.listener.onOpen();
      await settlePromises();
      reads.at(-1)?.reply({ sandboxes: [sandbox] });
      await settlePromises();
    },
  };
}
