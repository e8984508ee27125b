import type { Random } from '../shared/random.ts';
import type { Command, Create, Shape } from './command.ts';
import type { KnownSandbox, Request, RequestLog } from './request-log.ts';

/** Draws the next requests of clients. */
export interface RequestGenerator {
  request(): Request;
  /** A create request with a timeout of this many seconds. */
  limited(seconds: number): Request;
}

/** The options of a request generator. */
export interface RequestGeneratorOptions {
  readonly requestLog: RequestLog;
  readonly random: Random;
  readonly newMark: () => string;
  /** The most sandboxes that live at once. */
  readonly mostLiving: number;
  /** The shapes that a sandbox may have. */
  readonly shapes: readonly Shape[];
}

type Act = Exclude<Command['type'], 'create' | 'deleteSnapshot'>;

/** How often each command is drawn. Terminate is rare, so that sandboxes live long enough for the others. */
const weights: Readonly<Record<Act, number>> = {
  suspend: 16,
  resume: 14,
  snapshot: 8,
  rename: 8,
  expose: 5,
  keepalive: 5,
  get: 10,
  terminate: 4,
};

const acts = Object.entries(weights).flatMap(([act, weight]) => Array<Act>(weight).fill(act as Act));

/** Creates a generator. The same request log and the same random numbers give the same requests. */
export function createRequestGenerator({
  requestLog,
  random,
  newMark,
  mostLiving,
  shapes,
}: RequestGeneratorOptions): RequestGenerator {
  let names = 0;

  return {
    request() {
      const command = drawCommand();
      const target = 'sandboxId' in command ? requestLog.known.get(command.sandboxId) : undefined;
      return {
        command,
        key: isWrite(command) && random.chance(0.5) ? `key-${Math.floor(random.next() * 1e15)}` : null,
        ifVersion:
          target && isWrite(command) && random.chance(0.15) ? target.version - random.between(0, 1) : null,
        attempts: [],
      };
    },
    limited: (timeoutSeconds) => ({
      command: { ...drawCreate(), timeoutSeconds, snapshotId: null },
      key: null,
      ifVersion: null,
      attempts: [],
    }),
  };

  function drawCommand(): Command {
    const living = [...requestLog.known.values()].filter(
      ({ id, status }) => status !== 'terminated' && !requestLog.untouched.has(id),
    );
    const isFull = living.length >= mostLiving;
    if (living.length < 3 || (!isFull && random.chance(0.25))) return drawCreate();
    if (requestLog.snapshots.size > 4 && random.chance(0.1)) return drawDelete();
    const act = isFull && random.chance(0.25) ? 'terminate' : random.pick(acts);
    return drawAct(act, drawTarget(act, living));
  }

  function drawAct(type: Act, { id: sandboxId, name }: KnownSandbox): Command {
    switch (type) {
      case 'snapshot':
        return { type, sandboxId, snapshotType: 'filesystem' };
      case 'rename':
        return { type, sandboxId, name: newName() };
      case 'expose':
        return {
          type,
          sandboxId,
          port: 1024 + random.between(0, 8000),
          name: random.chance(0.4) ? newName() : null,
          suspendedTimeoutSeconds: random.chance(0.4) ? random.between(3600, 7200) : null,
        };
      case 'get':
        return { type, idOrName: random.chance(0.5) ? (name ?? sandboxId) : sandboxId };
      default:
        return { type, sandboxId };
    }
  }

  /** Draws a target: mostly one that allows the command, sometimes any, even one that has ended. */
  function drawTarget(act: Act, living: readonly KnownSandbox[]): KnownSandbox {
    if (random.chance(0.1))
      return random.pick([...requestLog.known.values()].filter(({ id }) => !requestLog.untouched.has(id)));
    const fitting = living.filter(
      ({ status, name }) => status === fits[act] && (act !== 'suspend' || name !== null),
    );
    return random.pick(fitting.length > 0 ? fitting : living);
  }

  function drawCreate(): Create {
    const snapshots = [...requestLog.snapshots].filter((id) => !requestLog.deletedSnapshots.has(id));
    return {
      type: 'create',
      name: random.chance(0.6) ? newName() : null,
      timeoutSeconds: random.pick([null, null, 1, 2, 3600, 3600]),
      mark: newMark(),
      shape: random.pick(shapes),
      snapshotId: snapshots.length > 0 && random.chance(0.2) ? random.pick(snapshots) : null,
    };
  }

  /** Draws a name: mostly a new one, sometimes one that may be taken. */
  function newName(): string {
    names += 1;
    return random.chance(0.05) ? 'popular' : `name-${names}`;
  }

  function drawDelete(): Command {
    return { type: 'deleteSnapshot', snapshotId: random.pick([...requestLog.snapshots]) };
  }
}

const fits: Partial<Readonly<Record<Act, string>>> = {
  suspend: 'running',
  resume: 'suspended',
  snapshot: 'running',
  keepalive: 'running',
};

function isWrite({ type }: Command): boolean {
  // The last `expose` request determines the port, so it must not be retried.
  return type !== 'get' && type !== 'expose';
}
