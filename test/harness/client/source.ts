import {
  type SendRequest,
  type ServerChange,
  type ServerReply,
  type ServerUpdate,
  sandboxFromTensorlake,
} from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import type { SimulatedServer } from './server.ts';

/** A change, and its place in the order of all. */
export interface Placed {
  readonly change: ServerChange;
  readonly sequence: number;
}

/** What a server takes and tells, before it goes over the network. */
export interface Source {
  handle(request: SendRequest): ServerReply;
  /** What a read brings that knows all up to version `after`. */
  read(after: number | undefined): ServerUpdate;
  /** What a stream begins with. */
  beginning(): ServerUpdate;
  changesAfter(sequence: number): readonly Placed[];
  onChange(listener: (placed: Placed) => void): () => void;
}

/** The server's clock, as the `Date` header of an answer tells it. */
const serverTimeOf = (now: number) => ({ atMs: Math.floor(now / 1000) * 1000, precisionMs: 1000 });

/** What the source documents' API tells of a record. */
function infoOf(sandbox: Sandbox) {
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

/** A record as a client is told it. */
export function toldOf(sandbox: Sandbox, isVersioned: boolean): Sandbox {
  // The real version is carried along, so that the proof can tell which state was read. The client must not go by it.
  return isVersioned ? sandbox : { ...sandboxFromTensorlake(infoOf(sandbox)), version: sandbox.version };
}

/** A server that is asked for one sandbox. */
export function sourceOf(server: SimulatedServer, isVersioned: boolean): Source {
  const place = (change: ServerChange): Placed => ({ change, sequence: change.sandbox.version });
  return {
    handle: server.handle,
    read(after = 0) {
      const changes = server.history.filter(({ sandbox }) => sandbox.version > after);
      return {
        sandboxes: [toldOf(server.record(), isVersioned)],
        ...(isVersioned && { changes }),
        serverTime: serverTimeOf(server.now()),
      };
    },
    beginning: () => ({ sandboxes: [server.record()], sequence: server.record().version }),
    changesAfter: (sequence) => server.history.slice(sequence).map(place),
    onChange: (listener) => server.onChange((change) => listener(place(change))),
  };
}

/** One server with many sandboxes, which is asked for all of them. */
export interface Fleet extends Source {
  readonly servers: readonly SimulatedServer[];
  add(server: SimulatedServer): void;
  /** The sandboxes that its list has. */
  listed(): readonly SimulatedServer[];
}

/** A server without sandboxes. Its list can leave out those that have ended. */
export function createFleet(isVersioned: boolean, leavesOut: boolean): Fleet {
  const servers: SimulatedServer[] = [];
  const log: Placed[] = [];
  const listeners = new Set<(placed: Placed) => void>();

  function tell(change: ServerChange): void {
    const placed = { change, sequence: log.length + 1 };
    log.push(placed);
    for (const listener of [...listeners]) listener(placed);
  }
  const listed = () => servers.filter((one) => !leavesOut || one.record().status !== 'terminated');

  return {
    servers,
    listed,
    add(server) {
      servers.push(server);
      for (const change of server.history) tell(change);
      server.onChange(tell);
    },
    handle(request) {
      const server = servers.find((one) => one.record().id === request.sandboxId);
      if (!server) throw new Error(`There is no sandbox ${request.sandboxId}.`);
      return server.handle(request);
    },
    read: () => ({
      sandboxes: listed().map((one) => toldOf(one.record(), isVersioned)),
      isComplete: true,
      ...(servers[0] && { serverTime: serverTimeOf(servers[0].now()) }),
    }),
    beginning: () => ({ sandboxes: [], sequence: log.length }),
    changesAfter: (sequence) => log.slice(sequence),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
