import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { type Clock, elapsedBy } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import type { Host } from '../host.ts';
import { isIdleLimitLater } from '../scheduler/clock-rules.ts';
import { mostAtOnce } from '../store/entry-pages.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Committer } from './committer.ts';
import type { Lookup } from './lookup.ts';

/**
 * The activity of running sandboxes, in memory. It is written to a record, as a `keepalive` with the time of the last activity, at
 * most every quarter of the idle limit (from 1 s to 60 s), before the idle limit ends the sandbox, and at a stop of the host.
 */
export interface Activity extends Pick<Host, 'touch' | 'keepBusy'> {
  /** Notes a commit: limits change, and a sandbox that is suspended or has ended is forgotten. */
  committed(entry: SandboxEntry): void;
  /** Writes the activity that the record does not have yet. Returns the record then, else undefined. Rejects as a commit. */
  record(sandboxId: string): Promise<Sandbox | undefined>;
  /** Writes the activity of sandboxes whose idle limit ends before this instant (epoch ms): another host may end them. */
  recordBefore(at: number): void;
  /** Writes all activity. Does not reject. */
  close(): Promise<void>;
}

/** The parts of a host that record activity. */
interface ActivityParts {
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'applyAll' | 'inspectLocked'>;
  readonly lookup: Pick<Lookup, 'sandbox'>;
  readonly onProblem: (error: unknown, sandboxId: string) => void;
}

/** A sandbox with activity. */
interface Active {
  sandbox: Sandbox;
  /** The number of callers that keep it busy. */
  holds: number;
  /** The time of the last activity, as elapsed time, which no step of the wall clock changes; null without activity. */
  lastAt: number | null;
  /** The elapsed time before which activity is not written. */
  nextWriteAt: number;
  /** The author of the last activity. */
  actor: string;
}

/** The time between two writes of the activity of one sandbox, in ms. */
function writeIntervalMs(idleTimeoutMs: number): number {
  return Math.min(Math.max(idleTimeoutMs / 4, 1_000), 60_000);
}

/** Creates an empty register of activity. Its size is bounded by the number of running sandboxes. */
export function createActivity({ clock, committer, lookup, onProblem }: ActivityParts): Activity {
  const register = new Map<string, Active>();
  /** The records with which activity was reported. One that is not current any more does not enter the register again. */
  const known = new WeakSet<Sandbox>();
  let isClosed = false;

  return {
    touch(sandbox, { actor = defaultActor } = {}) {
      const active = register.get(sandbox.id) ?? enter(sandbox);
      if (active) note(active, actor);
    },
    async keepBusy(namespace, idOrName, { actor = defaultActor } = {}) {
      const { sandbox } = await lookup.sandbox(namespace, idOrName);
      let active: Active | undefined;
      await committer.inspectLocked(sandbox.id, (entry) => {
        if (entry.sandbox.status !== 'terminated') active = hold(entry.sandbox, actor);
      });
      return () => {
        if (active) release(active, actor);
        active = undefined;
      };
    },
    committed({ sandbox }) {
      const active = register.get(sandbox.id);
      if (active === undefined) return;
      active.sandbox = sandbox;
      if (runs(sandbox)) return;
      active.lastAt = null;
      if (active.holds === 0 || sandbox.status === 'terminated') register.delete(sandbox.id);
    },
    record,
    recordBefore(at) {
      for (const [id, { sandbox }] of register)
        if (sandbox.idleAt !== null && sandbox.idleAt < at) void write(id);
    },
    async close() {
      isClosed = true;
      await forEachLimited([...register.keys()], mostAtOnce, write);
    },
  };

  /** Enters a running sandbox into the register. */
  function enter(sandbox: Sandbox): Active | undefined {
    if (!runs(sandbox) || known.has(sandbox)) return undefined;
    known.add(sandbox);
    const active = inactive(sandbox);
    register.set(sandbox.id, active);
    return active;
  }

  function hold(sandbox: Sandbox, actor: string): Active {
    const active = register.get(sandbox.id) ?? inactive(sandbox);
    register.set(sandbox.id, active);
    active.holds += 1;
    note(active, actor);
    return active;
  }

  function release(active: Active, actor: string): void {
    active.holds -= 1;
    note(active, actor);
    if (active.holds > 0 || runs(active.sandbox)) return;
    if (register.get(active.sandbox.id) === active) register.delete(active.sandbox.id);
  }

  /** Notes activity now, and writes it when the last write is long enough ago. */
  function note(active: Active, actor: string): void {
    const { idleTimeoutMs, idleAt, id } = active.sandbox;
    if (isClosed || !runs(active.sandbox)) return;
    active.actor = actor;
    active.lastAt = elapsedBy(clock);
    if (idleTimeoutMs === null || idleAt === null || active.lastAt < active.nextWriteAt) return;
    const gainMs = clock.now() + idleTimeoutMs - idleAt;
    if (gainMs < Math.min(1_000, idleTimeoutMs / 10) || !isIdleLimitLater(active.sandbox, clock.now()))
      return;
    active.nextWriteAt = active.lastAt + writeIntervalMs(idleTimeoutMs);
    void write(id);
  }

  async function write(sandboxId: string): Promise<void> {
    try {
      await record(sandboxId);
    } catch (error) {
      onProblem(error, sandboxId);
    }
  }

  async function record(sandboxId: string): Promise<Sandbox | undefined> {
    const active = register.get(sandboxId);
    if (active === undefined || keepaliveOf(active.sandbox, active).length === 0) return undefined;
    const { sandbox } = await committer.applyAll(sandboxId, (entry) => keepaliveOf(entry.sandbox, active), {
      actor: active.actor,
      cause: 'activity',
    });
    return sandbox;
  }

  /** The event with the last activity, unless the record has it already. */
  function keepaliveOf(sandbox: Sandbox, active: Active): readonly SandboxEvent[] {
    const at = lastActivity(active);
    return at !== null && isIdleLimitLater(sandbox, at) ? [{ type: 'keepalive', at }] : [];
  }

  /** The time of the last activity by the present wall clock (epoch ms); null without activity. */
  function lastActivity({ holds, lastAt }: Active): number | null {
    if (holds > 0) return clock.now();
    return lastAt === null ? null : Math.floor(clock.now() - (elapsedBy(clock) - lastAt));
  }
}

/** The author of activity without an actor. */
const defaultActor = 'user';

/** A sandbox without activity. */
function inactive(sandbox: Sandbox): Active {
  return { sandbox, holds: 0, lastAt: null, nextWriteAt: 0, actor: defaultActor };
}

/** Whether a sandbox runs, also while an operation of it is in progress. */
const runs = ({ incarnation }: Sandbox) => incarnation !== null;
