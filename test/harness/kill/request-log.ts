import type { Sandbox, Status } from '../../../src/index.ts';
import type { Command, Create } from './command.ts';

/** The response of a server. `version` is from its `ETag`, or null without one. */
export interface ServerReply {
  readonly status: number;
  readonly version: number | null;
  readonly refusalCode: string | null;
  readonly body: string;
}

/** One attempt of a request. Its id is the cause of its rows in the history. */
export interface Attempt {
  readonly requestId: string;
  /** The number of the server, from 1. */
  readonly server: number;
  /** Null until the response arrives. It stays null when the server goes down first. */
  answer: ServerReply | null;
}

/** A request and its attempts. Only a request with a key is retried. */
export interface Request {
  readonly command: Command;
  readonly key: string | null;
  /** The version in `If-Match`. */
  readonly ifVersion: number | null;
  readonly attempts: Attempt[];
}

/** The state of a sandbox that a client knows: from the last event or response. */
export interface KnownSandbox {
  readonly id: string;
  readonly version: number;
  readonly name: string | null;
  readonly status: string;
}

/** A request for a port. `sent` and `ended` are logical instants: the later one is greater. */
export interface RequestedPort {
  readonly port: number;
  readonly sent: number;
  /** When its response arrived, or its attempt failed. */
  ended: number;
  acknowledged: boolean;
}

/** A change as the event stream sends it. */
export interface ReceivedChange {
  readonly sandbox_id: string;
  readonly version: number;
  readonly to: Status;
  readonly event: { readonly type: string };
  readonly lifecycle: Sandbox;
}

/** All requests and responses of the clients, across all servers of a world. */
export interface RequestLog {
  readonly requests: Request[];
  /** The sandboxes that clients know of, by id. */
  readonly known: Map<string, KnownSandbox>;
  /** The sandboxes that get no commands: their timeouts must survive any number of restarts. */
  readonly untouched: Set<string>;
  /** The snapshots that clients captured. */
  readonly snapshots: Set<string>;
  /** The snapshots whose deletion a client requested. */
  readonly deletedSnapshots: Set<string>;
  /** The snapshots whose deletion the server acknowledged. */
  readonly acknowledgedDeletions: Set<string>;
  /** The create requests, by mark. */
  readonly creations: Map<string, Create>;
  /** The requested ports, by sandbox id. */
  readonly ports: Map<string, RequestedPort[]>;
  /** The marks of sandboxes whose process the test killed while no server was running. */
  readonly killedMarks: Set<string>;
  /** The ids of all processes that a sandbox has had, by mark. */
  readonly pids: Map<string, Set<number>>;
  /** Records an event of the stream. */
  recordChange(change: ReceivedChange): void;
}

/** Creates an empty request log. */
export function createRequestLog(): RequestLog {
  const known = new Map<string, KnownSandbox>();
  const snapshots = new Set<string>();
  return {
    requests: [],
    known,
    snapshots,
    deletedSnapshots: new Set(),
    acknowledgedDeletions: new Set(),
    creations: new Map(),
    untouched: new Set(),
    ports: new Map(),
    killedMarks: new Set(),
    pids: new Map(),
    recordChange({ sandbox_id: id, version, to: status, lifecycle: { name } }) {
      if ((known.get(id)?.version ?? 0) < version) known.set(id, { id, version, name, status });
    },
  };
}

/** Whether the server stores a response for the key of its request. Retries then get the same response. */
export function isKept({ status, refusalCode }: ServerReply): boolean {
  return status < 300 || refusalCode !== null;
}

/** All responses to a request. */
export function answersTo({ attempts }: Request): ServerReply[] {
  return attempts.flatMap(({ answer }) => answer ?? []);
}
