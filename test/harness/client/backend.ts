import {
  type SendRequest,
  type ServerChange,
  type ServerReply,
  type ServerUpdate,
  sandboxFromTensorlake,
} from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** A change and its position in the order of all changes. */
export interface SequencedChange {
  readonly change: ServerChange;
  readonly sequence: number;
}

/** A server without the network: its replies, updates and changes. */
export interface Backend {
  handle(request: SendRequest): ServerReply;
  /** The reply to every command of a type that is broken now. */
  brokenReply(type: string): ServerReply | 'hangs' | undefined;
  /** The result of a read by a client that knows everything up to version `after`: that step and the later ones. */
  read(after: number | undefined): ServerUpdate;
  /** The first message of a stream. */
  initialUpdate(): ServerUpdate;
  changesAfter(sequence: number): readonly SequencedChange[];
  onChange(listener: (change: SequencedChange) => void): () => void;
}

/** The server's clock as in the `Date` header of a response. */
const serverTimeOf = (now: number) => ({ atMs: Math.floor(now / 1000) * 1000, precisionMs: 1000 });

/** A record as a response of Tensorlake's API. */
function tensorlakeResponse(sandbox: Sandbox) {
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

/** A record as a client receives it. */
export function recordFor(sandbox: Sandbox, isVersioned: boolean): Sandbox {
  // The record keeps the real version, by which the proof recognizes the state. The client must not use that version.
  return isVersioned
    ? sandbox
    : { ...sandboxFromTensorlake(tensorlakeResponse(sandbox)), version: sandbox.version };
}

/** The backend of one sandbox. */
export function backendOf(server: SimulatedServer, isVersioned: boolean): Backend {
  const sequenced = (change: ServerChange): SequencedChange => ({ change, sequence: change.sandbox.version });
  return {
    handle: server.handle,
    brokenReply: server.brokenReply,
    read(after = 0) {
      const changes = server.history.filter(({ sandbox }) => sandbox.version >= after);
      return {
        sandboxes: [recordFor(server.record(), isVersioned)],
        ...(isVersioned && { changes }),
        serverTime: serverTimeOf(server.now()),
      };
    },
    initialUpdate: () => ({ sandboxes: [server.record()], sequence: server.record().version }),
    changesAfter: (sequence) => server.history.slice(sequence).map(sequenced),
    onChange: (listener) => server.onChange((change) => listener(sequenced(change))),
  };
}

/** The backend of many sandboxes. */
export interface Fleet extends Backend {
  readonly servers: readonly SimulatedServer[];
  add(server: SimulatedServer): void;
  /** The sandboxes in its list. */
  listed(): readonly SimulatedServer[];
}

/** Creates a backend without sandboxes. Its list can omit terminated ones. */
export function createFleet(isVersioned: boolean, omitsTerminated: boolean): Fleet {
  const servers: SimulatedServer[] = [];
  const log: SequencedChange[] = [];
  const listeners = new Set<(change: SequencedChange) => void>();

  function publish(change: ServerChange): void {
    const sequenced = { change, sequence: log.length + 1 };
    log.push(sequenced);
    for (const listener of [...listeners]) listener(sequenced);
  }
  const listed = () => servers.filter((one) => !omitsTerminated || one.record().status !== 'terminated');

  return {
    servers,
    listed,
    add(server) {
      servers.push(server);
      for (const change of server.history) publish(change);
      server.onChange(publish);
    },
    brokenReply: () => undefined,
    handle(request) {
      const server = servers.find((one) => one.record().id === request.sandboxId);
      if (!server) throw new Error(`Unknown sandbox ${request.sandboxId}.`);
      return server.handle(request);
    },
    read: () => ({
      sandboxes: listed().map((one) => recordFor(one.record(), isVersioned)),
      isComplete: true,
      ...(servers[0] && { serverTime: serverTimeOf(servers[0].now()) }),
    }),
    initialUpdate: () => ({ sandboxes: [], sequence: log.length }),
    changesAfter: (sequence) => log.slice(sequence),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
