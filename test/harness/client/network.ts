import {
  createTransport,
  type ProtocolListener,
  type ReadFailure,
  type SendRequest,
  type ServerUpdate,
  type Transport,
} from '../../../src/client/index.ts';
import { times } from './limits.ts';
import type { Placed, Source } from './source.ts';
import type { World } from './world.ts';

/** How likely each fault is, for each request or message. */
export interface Faults {
  readonly lost: number;
  readonly slow: number;
  readonly doubled: number;
  readonly bodyless: number;
  readonly broken: number;
}

/** How long a message is under way at most, in ms. */
const slowestMs = 4500;

/** A network without faults. */
export const noFaults: Faults = { lost: 0, slow: 0, doubled: 0, bodyless: 0, broken: 0 };

/** The way between clients and the server. */
export interface Network {
  transport(): Transport;
  faults: Faults;
  /** Whether the clients have a connection and the server runs. */
  isUp(): boolean;
  /** Takes the clients' connection away, or the server, for so long. */
  breakDown(what: 'offline' | 'restart', forMs: number): void;
  /** How long it takes until all that was ever sent is known, in ms. */
  lastMs(): number;
  readonly counts: {
    lost: number;
    slow: number;
    doubled: number;
    bodyless: number;
    broken: number;
    silent: number;
    overtaken: number;
    refusedConnections: number;
  };
}

export function createNetwork(
  world: World,
  source: Source,
  random: () => number,
  isVersioned: boolean,
): Network {
  const counts: Network['counts'] = {
    lost: 0,
    slow: 0,
    doubled: 0,
    bodyless: 0,
    broken: 0,
    silent: 0,
    overtaken: 0,
    refusedConnections: 0,
  };
  const streams = new Set<() => void>();
  /** Whether the clients have no connection, and whether the server does not run. */
  const isDown = { offline: false, restart: false };
  let lastArrival = 0;

  function happens(fault: keyof Faults): boolean {
    const isSo = random() < network.faults[fault];
    if (isSo) counts[fault]++;
    return isSo;
  }
  const delay = () => (happens('slow') ? 500 + random() * (slowestMs - 500) : 5 + random() * 150);

  /** Carries a question to the server and its answer back: or loses either, doubles it, or takes so long that others overtake. */
  function carry<Value>(handle: () => Value, spoil: (value: Value) => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      const go = (isFirst: boolean) => {
        if (happens('lost')) return;
        world.wake(delay(), () => {
          if (!network.isUp()) {
            counts.refusedConnections++;
            if (isFirst) world.wake(5, () => reject(new Error('connection refused')));
            return;
          }
          const value = handle();
          if (!isFirst || happens('lost')) return;
          const arrival = world.now() + delay();
          if (arrival < lastArrival) counts.overtaken++;
          lastArrival = Math.max(arrival, lastArrival);
          world.wake(arrival - world.now(), () => {
            if (isDown.offline) reject(new Error('connection lost'));
            else if (happens('bodyless')) {
              try {
                resolve(spoil(value));
              } catch (error) {
                reject(error);
              }
            } else resolve(value);
          });
        });
      };
      go(true);
      if (happens('doubled')) go(false);
    });
  }

  function follow(after: number | undefined, listener: ProtocolListener): () => void {
    let isOpen = true;
    let isSilent = false;
    let nextAt = 0;
    let stopListening = () => {};

    /** Things come in the order that they were sent in. */
    function deliver(callback: () => void): void {
      nextAt = Math.max(nextAt, world.now() + delay());
      world.wake(nextAt - world.now(), () => {
        if (isOpen && !isSilent && !isDown.offline) callback();
      });
    }
    function send({ change, sequence }: Placed): void {
      if (happens('broken')) {
        if (random() < 0.3) {
          counts.silent++;
          isSilent = true;
        } else close();
        return;
      }
      const message = { sandboxes: [], changes: [change], sequence };
      deliver(() => listener.onUpdate(message));
      if (happens('doubled')) deliver(() => listener.onUpdate(message));
    }
    function beat(): void {
      if (!isOpen) return;
      deliver(() => listener.onAlive());
      world.wake(4000, beat);
    }
    function close(): void {
      if (!isOpen) return;
      stop();
      world.wake(5, () => listener.onClosed('The stream broke.'));
    }
    function stop(): void {
      isOpen = false;
      stopListening();
      streams.delete(close);
    }

    world.wake(delay(), () => {
      if (!isOpen) return;
      if (!network.isUp()) {
        counts.refusedConnections++;
        close();
        return;
      }
      streams.add(close);
      const beginning = source.beginning();
      deliver(() => {
        listener.onOpen();
        if (after === undefined) listener.onUpdate(beginning);
      });
      if (after !== undefined) for (const placed of source.changesAfter(after)) send(placed);
      stopListening = source.onChange(send);
      beat();
    });
    return stop;
  }

  const network: Network = {
    faults: noFaults,
    isUp: () => !isDown.offline && !isDown.restart,
    breakDown(what, forMs) {
      isDown[what] = true;
      for (const close of [...streams]) close();
      world.wake(forMs, () => {
        isDown[what] = false;
      });
    },
    lastMs: () => Math.max(slowestMs + 2 * times.pollMs, counts.silent > 0 ? times.silenceMs + 3000 : 0),
    counts,
    transport: () =>
      createTransport({
        isVersioned,
        read: (_id, after) =>
          carry<ServerUpdate | ReadFailure>(
            () => source.read(after),
            () => {
              throw new Error('not JSON');
            },
          ),
        send: (request: SendRequest) =>
          carry(
            () => source.handle(request),
            (answer) =>
              answer.outcome === 'refused'
                ? { outcome: 'refused', reason: { code: 'rejected', message: 'It did not say why.' } }
                : answer,
          ),
        ...(isVersioned && {
          follow: (_id: string | undefined, after: number | undefined, listener: ProtocolListener) =>
            follow(after, listener),
        }),
      }),
  };
  return network;
}
