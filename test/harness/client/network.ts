import {
  createTransport,
  type Protocol,
  type ProtocolListener,
  type ReadFailure,
  type ServerUpdate,
  type Transport,
} from '../../../src/client/index.ts';
import type { Backend, SequencedChange } from './backend.ts';
import { times } from './limits.ts';
import type { World } from './world.ts';

/** The probability of each fault, for each request or message. */
export interface Faults {
  readonly lost: number;
  readonly slow: number;
  readonly doubled: number;
  readonly bodyless: number;
  readonly broken: number;
}

/** The longest latency of a message, in ms. */
const slowestMs = 4500;

/** A network without faults. */
export const noFaults: Faults = { lost: 0, slow: 0, doubled: 0, bodyless: 0, broken: 0 };

/** The network between the clients and the server. */
export interface Network {
  transport(): Transport;
  faults: Faults;
  /** Whether the clients have a connection and the server runs. */
  isUp(): boolean;
  /** Disconnects the clients or stops the server for `forMs`. */
  interrupt(cause: 'offline' | 'restart', forMs: number): void;
  /** How often the connection was interrupted. */
  interruptions(): number;
  /** The time until every message that was ever sent has arrived or is lost, in ms. */
  drainMs(): number;
  readonly counts: Record<keyof Faults | 'silent' | 'overtaken' | 'refusedConnections', number>;
}

/** The parts of a network that its requests and streams share. */
interface Link extends Pick<Network, 'counts' | 'isUp'> {
  readonly world: World;
  readonly backend: Backend;
  readonly random: () => number;
  /** Whether the clients have no connection, and whether the server does not run. */
  readonly isDown: { offline: boolean; restart: boolean };
  /** Closes each open stream. */
  readonly streams: Set<() => void>;
  lastArrival: number;
  /** Draws whether a fault occurs now, and counts it. */
  occurs(fault: keyof Faults): boolean;
  /** The latency of the next message, in ms. */
  delayMs(): number;
}

/** Creates a network without faults. */
export function createNetwork(
  world: World,
  backend: Backend,
  random: () => number,
  isVersioned: boolean,
): Network {
  const isDown = { offline: false, restart: false };
  const counts = { ...noFaults, silent: 0, overtaken: 0, refusedConnections: 0 };
  let interruptions = 0;
  const link: Link = {
    world,
    backend,
    random,
    counts,
    isDown,
    streams: new Set(),
    lastArrival: 0,
    isUp: () => !isDown.offline && !isDown.restart,
    occurs(fault) {
      const hasFault = random() < network.faults[fault];
      if (hasFault) counts[fault]++;
      return hasFault;
    },
    delayMs: () => (link.occurs('slow') ? 500 + random() * (slowestMs - 500) : 5 + random() * 150),
  };
  const network: Network = {
    faults: noFaults,
    isUp: link.isUp,
    interruptions: () => interruptions,
    interrupt(cause, forMs) {
      interruptions++;
      isDown[cause] = true;
      for (const close of [...link.streams]) close();
      world.wake(forMs, () => {
        isDown[cause] = false;
      });
    },
    drainMs: () => Math.max(slowestMs + 2 * times.pollMs, counts.silent > 0 ? times.silenceMs + 3000 : 0),
    counts,
    transport: () => createTransport(protocolOver(link, isVersioned)),
  };
  return network;
}

function protocolOver(link: Link, isVersioned: boolean): Protocol {
  const { backend } = link;
  return {
    isVersioned,
    read: (_id, after) =>
      exchange<ServerUpdate | ReadFailure>(
        link,
        () => backend.read(after),
        () => {
          throw new Error('The body is not JSON.');
        },
      ),
    send: (request) => {
      const broken = backend.brokenReply(request.command.type);
      if (broken === 'hangs') return new Promise(() => {});
      return exchange(
        link,
        () => broken ?? backend.handle(request),
        (reply) =>
          reply.outcome === 'refused'
            ? { outcome: 'refused', reason: { code: 'rejected', message: 'The server gave no reason.' } }
            : reply,
      );
    },
    ...(isVersioned && {
      follow: (_id: string | undefined, after: number | undefined, listener: ProtocolListener) =>
        openStream(link, after, listener),
    }),
  };
}

/**
 * Sends a request to the server and its response back. Either may be lost, and the request may be doubled or overtaken.
 * `removeBody` returns the response without its body.
 */
function exchange<Value>(
  link: Link,
  handle: () => Value,
  removeBody: (value: Value) => Value,
): Promise<Value> {
  const { world, counts, isDown, occurs, delayMs } = link;
  return new Promise((resolve, reject) => {
    const attempt = (isFirst: boolean) => {
      if (occurs('lost')) return;
      world.wake(delayMs(), () => {
        if (!link.isUp()) {
          counts.refusedConnections++;
          if (isFirst) world.wake(5, () => reject(new Error('The connection was refused.')));
          return;
        }
        const value = handle();
        if (!isFirst || occurs('lost')) return;
        const arrival = world.now() + delayMs();
        if (arrival < link.lastArrival) counts.overtaken++;
        link.lastArrival = Math.max(arrival, link.lastArrival);
        world.wake(arrival - world.now(), () => {
          if (isDown.offline) reject(new Error('The connection was lost.'));
          else if (occurs('bodyless')) {
            try {
              resolve(removeBody(value));
            } catch (error) {
              reject(error);
            }
          } else resolve(value);
        });
      });
    };
    attempt(true);
    if (occurs('doubled')) attempt(false);
  });
}

/** Opens a stream of the changes after a sequence. Returns a function that closes it from the client's side. */
function openStream(link: Link, after: number | undefined, listener: ProtocolListener): () => void {
  const { world, backend, counts, isDown, occurs, delayMs } = link;
  let isOpen = true;
  let isSilent = false;
  let nextAt = 0;
  let stopListening = () => {};

  /** Messages arrive in the order in which they were sent. */
  function deliver(callback: () => void): void {
    nextAt = Math.max(nextAt, world.now() + delayMs());
    world.wake(nextAt - world.now(), () => {
      if (isOpen && !isSilent && !isDown.offline) callback();
    });
  }
  function send({ change, sequence }: SequencedChange): void {
    if (occurs('broken')) {
      if (link.random() < 0.3) {
        counts.silent++;
        isSilent = true;
      } else close();
      return;
    }
    const message = { sandboxes: [], changes: [change], sequence };
    deliver(() => listener.onUpdate(message));
    if (occurs('doubled')) deliver(() => listener.onUpdate(message));
  }
  function sendHeartbeats(): void {
    if (!isOpen) return;
    deliver(() => listener.onAlive());
    world.wake(4000, sendHeartbeats);
  }
  function close(): void {
    if (!isOpen) return;
    stop();
    world.wake(5, () => listener.onClosed('The event stream ended.'));
  }
  function stop(): void {
    isOpen = false;
    stopListening();
    link.streams.delete(close);
  }

  world.wake(delayMs(), () => {
    if (!isOpen) return;
    if (!link.isUp()) {
      counts.refusedConnections++;
      close();
      return;
    }
    link.streams.add(close);
    const update = backend.initialUpdate();
    deliver(() => {
      listener.onOpen();
      if (after === undefined) listener.onUpdate(update);
    });
    if (after !== undefined) for (const change of backend.changesAfter(after)) send(change);
    stopListening = backend.onChange(send);
    sendHeartbeats();
  });
  return stop;
}
