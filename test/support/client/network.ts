import {
  type Change,
  type Failure,
  type Listener,
  type Reading,
  type SendRequest,
  sandboxFromInfo,
  type Transport,
} from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import type { SimulatedServer } from './server.ts';
import type { World } from './world.ts';

/** How likely each fault is, for each request or message. */
export interface Faults {
  readonly lost: number;
  readonly slow: number;
  readonly doubled: number;
  readonly bodyless: number;
  readonly broken: number;
}

export const noFaults: Faults = { lost: 0, slow: 0, doubled: 0, bodyless: 0, broken: 0 };

/** The way between clients and the server. */
export interface Network {
  transport(): Transport;
  faults: Faults;
  /** Whether the clients have a connection, and whether the server runs. */
  isUp: boolean;
  isServerUp: boolean;
  /** Breaks every stream. */
  cut(): void;
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

/** What the source documents' API tells of a record. */
export function infoOf(sandbox: Sandbox) {
  return {
    id: sandbox.id,
    name: sandbox.name,
    status: sandbox.status,
    pending_reason: sandbox.pendingReason,
    timeout_secs: (sandbox.timeoutMs ?? 0) / 1000,
    outcome: sandbox.outcome && `${sandbox.outcome.result === 'success' ? 'Success' : 'Failure'}(Other)`,
    created_at: sandbox.createdAt,
    terminated_at: sandbox.terminatedAt,
  };
}

export function createNetwork(
  world: World,
  server: SimulatedServer,
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
  let lastArrival = 0;

  function happens(fault: keyof Faults): boolean {
    const isSo = random() < network.faults[fault];
    if (isSo) counts[fault]++;
    return isSo;
  }
  const delay = () => (happens('slow') ? 500 + random() * 4000 : 5 + random() * 150);

  /** Carries a question to the server and its answer back: or loses either, doubles it, or takes so long that others overtake. */
  function carry<Value>(handle: () => Value, spoil: (value: Value) => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      const go = (isFirst: boolean) => {
        if (happens('lost')) return;
        world.wake(delay(), () => {
          if (!network.isUp || !network.isServerUp) {
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
            if (!network.isUp) reject(new Error('connection lost'));
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

  function told(sandbox: Sandbox): Sandbox {
    // The real version is carried along, so that the proof can tell which state was read. The client must not go by it.
    return isVersioned ? sandbox : { ...sandboxFromInfo(infoOf(sandbox)), version: sandbox.version };
  }

  function reading(after: number | undefined): Reading {
    const changes = isVersioned
      ? { changes: server.history.filter(({ sandbox }) => sandbox.version > (after ?? 0)) }
      : {};
    const serverTime = { atMs: Math.floor(server.now() / 1000) * 1000, precisionMs: 1000 };
    return { sandboxes: [told(server.record())], ...changes, serverTime };
  }

  function follow(after: number | undefined, listener: Listener): () => void {
    let isOpen = true;
    let isSilent = false;
    let nextAt = 0;
    let stopListening = () => {};

    /** Things come in the order that they were sent in. */
    function deliver(callback: () => void): void {
      nextAt = Math.max(nextAt, world.now() + delay());
      world.wake(nextAt - world.now(), () => {
        if (isOpen && !isSilent && network.isUp) callback();
      });
    }
    function send(change: Change): void {
      if (happens('broken')) {
        if (random() < 0.3) {
          counts.silent++;
          isSilent = true;
        } else close();
        return;
      }
      const message = { sandboxes: [], changes: [change], sequence: change.sandbox.version };
      deliver(() => listener.told(message));
      if (happens('doubled')) deliver(() => listener.told(message));
    }
    function beat(): void {
      if (!isOpen) return;
      deliver(() => listener.alive());
      world.wake(4000, beat);
    }
    function close(): void {
      if (!isOpen) return;
      stop();
      world.wake(5, () => listener.closed('The stream broke.'));
    }
    function stop(): void {
      isOpen = false;
      stopListening();
      streams.delete(close);
    }

    world.wake(delay(), () => {
      if (!isOpen) return;
      if (!network.isUp || !network.isServerUp) {
        counts.refusedConnections++;
        close();
        return;
      }
      streams.add(close);
      const state = { sandboxes: [server.record()], sequence: server.record().version };
      deliver(() => {
        listener.open();
        if (after === undefined) listener.told(state);
      });
      if (after !== undefined) for (const change of server.history.slice(after)) send(change);
      stopListening = server.onChange(send);
      beat();
    });
    return stop;
  }

  const network: Network = {
    faults: noFaults,
    isUp: true,
    isServerUp: true,
    counts,
    cut() {
      for (const close of [...streams]) close();
    },
    transport: () => ({
      isVersioned,
      read: (_id, after) =>
        carry<Reading | Failure>(
          () => reading(after),
          () => {
            throw new Error('not JSON');
          },
        ),
      send: (request: SendRequest) =>
        carry(
          () => server.handle(request),
          (answer) =>
            answer.outcome === 'refused'
              ? { outcome: 'refused', reason: { code: 'rejected', message: 'It did not say why.' } }
              : answer,
        ),
      ...(isVersioned && { follow: (_id, after, listener) => follow(after, listener) }),
    }),
  };
  return network;
}
