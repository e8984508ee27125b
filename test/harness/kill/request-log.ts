import type { Sandbox, Status } from '../../../src/index.ts';
import type { Command, Create } from './command.ts';

/** What a server answered. `version` is the one of its `ETag`, null without one. */
export interface Answer {
  readonly status: number;
  readonly version: number | null;
  readonly refusalCode: string | null;
  readonly body: string;
}

/** One time that a request was sent. Its id is the cause of what it led to. */
export interface Attempt {
  readonly requestId: string;
  /** The number of the server that it was sent to, from 1. */
  readonly server: number;
  /** Null as long as there is none, and for ever when the server went down first. */
  answer: Answer | null;
}

/** A request, and each time that it was sent. Only one with a key is ever sent again. */
export interface Request {
  readonly command: Command;
  readonly key: string | null;
  /** The version that `If-Match` named. */
  readonly ifVersion: number | null;
  readonly attempts: Attempt[];
}

/** What a client believes of a sandbox: as told by the last event that it saw. */
export interface Known {
  readonly id: string;
  readonly version: number;
  readonly name: string | null;
  readonly status: string;
}

/** A request for a port. Of two instants, in no unit, the later one is greater. */
export interface RequestedPort {
  readonly port: number;
  readonly sent: number;
  /** When it was answered, or came to nothing. */
  ended: number;
  acknowledged: boolean;
}

/** A change as the event stream tells it. */
export interface ReceivedChange {
  readonly sandbox_id: string;
  readonly version: number;
  readonly to: Status;
  readonly lifecycle: Sandbox;
}

/** Everything that clients asked for and were told, while servers came and went. */
export interface RequestLog {
  readonly requests: Request[];
  /** The sandboxes that clients know of, by id. */
  readonly known: Map<string, Known>;
  /** The sandboxes that are left alone: their time runs out through any number of restarts. */
  readonly untouched: Set<string>;
  /** Snapshots that were captured, and those that somebody asked to delete. */
  readonly snapshots: Set<string>;
  readonly deletedSnapshots: Set<string>;
  /** Those of which it was answered that they are deleted. */
  readonly acknowledgedDeletions: Set<string>;
  /** What was asked for, by mark. */
  readonly creations: Map<string, Create>;
  /** The ports that were asked for, by sandbox id. */
  readonly ports: Map<string, RequestedPort[]>;
  /** The marks of sandboxes whose process was killed while no server looked. */
  readonly killedMarks: Set<string>;
  /** Every process that was ever seen of a sandbox, by mark. */
  readonly pids: Map<string, Set<number>>;
  /** Takes in an event that was told. */
  recordChange(change: ReceivedChange): void;
}

/** An empty request log. */
export function createRequestLog(): RequestLog {
  const known = new Map<string, Known>();
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

/** Whether an answer was kept under the key of its request: then the same request is answered the same, for ever. */
export function isKept({ status, refusalCode }: Answer): boolean {
  return status < 300 || refusalCode !== null;
}

/** The answers that a request got. */
export function answersTo({ attempts }: Request): Answer[] {
  return attempts.flatMap(({ answer }) => answer ?? []);
}
