import { type Clock, elapsedBy } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import { mostAtOnce } from '../store/entry-pages.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Heartbeat, SharedStore } from '../store/shared.ts';
import type { Store } from '../store/store.ts';
import type { MembershipStats } from '../telemetry/host-stats.ts';
import type { Observation } from '../telemetry/observation.ts';
import { createHeldActs } from './held-acts.ts';
import { createHeldSandboxes } from './held-sandboxes.ts';
import type { Holding } from './holding.ts';
import { createStoreClock, type StoreClock } from './store-clock.ts';

/** The parts of a host that a membership directs. */
export interface Directed {
  /** Makes the operation in progress of a sandbox the one that its record demands. */
  reconcile(sandboxId: string): Promise<void>;
  /** Stops the operation in progress of a sandbox, and undoes nothing: another host continues it. */
  letGo(sandboxId: string): void;
  /** Whether an operation of a sandbox is in progress. */
  isBusy(sandboxId: string): boolean;
  /** Called with the ids of sandboxes that other hosts have changed, and at each heartbeat with none. */
  changed(sandboxIds: readonly string[]): void;
  /** Called at each heartbeat, before the time until which others leave the work of this host alone gets short. */
  beat(): void;
}

/** A host among the hosts of a shared store. */
export interface Membership {
  readonly name: string;
  /** The time between two heartbeats, in ms. */
  readonly beatMs: number;
  /** The time of the store. */
  readonly clock: StoreClock;
  readonly holding: Holding;
  /** The living hosts by the last heartbeat, ordered by name. */
  alive(): readonly string[];
  /** The sandboxes that this host holds, ordered by id. */
  held(): readonly string[];
  /** The numbers of this host at this moment. */
  stats(): MembershipStats;
  /** The host that a commit for a sandbox names: this one, unless it drains and does not hold the sandbox. */
  hostFor(sandboxId: string): string | undefined;
  /** Notes the holder of a committed entry. */
  committed(entry: SandboxEntry, holder: string | null): void;
  /** Takes part from now on: heartbeats, takes what has no living holder, and hears of changes. */
  start(directed: Directed): Promise<void>;
  /** Takes nothing new any more. */
  drain(): void;
  /** Ends the life of this host. Others take over what it held. */
  leave(): Promise<void>;
}

/** The parts of a membership. */
interface MembershipOptions {
  readonly store: Store;
  readonly shared: SharedStore;
  readonly clock: Clock;
  readonly name: string;
  /** The time to live without a heartbeat, in ms. */
  readonly aliveMs: number;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The most sandboxes that a host takes at one heartbeat. */
const mostTaken = 64;

/** The longest time between two looks at the lease, and for work without a living holder, in ms. */
const longestLookMs = 1_000;

/** A first heartbeat that takes longer, in ms, says too little about the time of the store. */
const slowBeatMs = 500;

/** The most heartbeats of a host that joins. */
const mostFirstBeats = 3;

/** Registers a host. Rejects when the store does. It takes nothing until it starts. */
export async function joinHosts(options: MembershipOptions): Promise<Membership> {
  const { store, shared, name, aliveMs, observe, onProblem } = options;
  const clock = createStoreClock(options.clock);
  const beatMs = aliveMs / 5;
  const held = createHeldSandboxes(() => elapsedBy(clock));
  let alive: readonly string[] = [];
  let lastBeatAt = Number.NEGATIVE_INFINITY;
  let directed: Directed | undefined;
  let isDraining = false;
  let isOver = false;
  let isLeaseLost = false;
  let beating: Promise<void> = Promise.resolve();
  const stops: (() => void)[] = [];
  const acts = createHeldActs({
    ...{ store, shared, name, held, reconcileEach, onProblem },
    isBusy: (id) => directed?.isBusy(id) ?? null,
    isOver: () => isOver,
  });
  await beatFirst();

  return {
    name,
    beatMs,
    clock,
    holding: {
      holds: (sandboxId) => isCurrent() && held.has(sandboxId),
      whileHeld: acts.whileHeld,
      turn: (task, everyMs) => shared.turn(task, everyMs),
    },
    alive: () => alive,
    held: held.ids,
    stats: () => ({
      ...{ host: name, living: alive.length, held: held.ids().length },
      heartbeatAgeMs: elapsedBy(clock) - lastBeatAt,
    }),
    hostFor: (sandboxId) => (isDraining && !held.has(sandboxId) ? undefined : name),
    committed(entry, holder) {
      const { id } = entry.sandbox;
      // A host that did not hold the sandbox until now, or may not act for it, looks at its record again at the next heartbeat.
      const isActedOn = isCurrent() && held.has(id);
      if (holder !== name) held.free(id);
      else if (isActedOn) held.hold(id, entry.revision);
      else held.hold(id);
    },
    async start(parts) {
      directed = parts;
      stops.push(shared.onHint((ids) => void heard(ids)));
      const lookMs = Math.min(longestLookMs, beatMs);
      schedule(clock, beatMs, startBeat, stops);
      // The lease is watched also while the store does not answer.
      schedule(clock, lookMs, watchLease, stops);
      // A store that cannot be reached is reported by the heartbeats.
      schedule(clock, lookMs, () => takeWork().catch(() => {}), stops);
      await takeWork();
    },
    drain() {
      isDraining = true;
    },
    async leave() {
      isOver = true;
      for (const stop of stops) stop();
      // A heartbeat that arrives after the end would make this host alive again.
      await beating;
      await shared.leave(name);
    },
  };

  /** Whether others still leave the work of this host alone, with a margin for the answer of the platform. */
  function isCurrent(): boolean {
    return elapsedBy(clock) - lastBeatAt < (aliveMs * 2) / 3;
  }

  async function beatOnce(): Promise<[Heartbeat, number]> {
    const sentAt = elapsedBy(clock);
    const answer = await shared.heartbeat(name, aliveMs);
    clock.note(answer.now, sentAt, elapsedBy(clock));
    return [answer, sentAt];
  }

  /** Registers the host. A slow answer is followed by another heartbeat, because it leaves the time of the store open. */
  async function beatFirst(): Promise<void> {
    for (let count = 1; count <= mostFirstBeats; count++) {
      const [answer, sentAt] = await beatOnce();
      apply(answer, sentAt);
      if (elapsedBy(clock) - sentAt < slowBeatMs) return;
    }
  }

  /** Compares what this host believes to hold with the store. Returns the sandboxes to reconcile. */
  function apply(answer: Heartbeat, sentAt: number): readonly string[] {
    alive = answer.alive;
    lastBeatAt = sentAt;
    const { lost, changed } = held.compare(answer.holds, sentAt);
    for (const id of lost) void endLost(id);
    return changed;
  }

  /** Ends the operation of a sandbox that the store no longer has under this host: aborts it when the record does not demand it any more. */
  async function endLost(id: string): Promise<void> {
    held.lose(id);
    if (directed?.isBusy(id)) await reconcileEach([id]);
    if (!held.has(id)) directed?.letGo(id);
  }

  function startBeat(): Promise<void> {
    beating = beat();
    return beating;
  }

  /** The next heartbeat waits for no work that follows from this one. */
  async function beat(): Promise<void> {
    try {
      const changed = apply(...(await beatOnce()));
      if (isOver) return;
      noteLease();
      directed?.beat();
      void reconcileEach(changed);
      void acts.settleIdle();
      directed?.changed([]);
    } catch (error) {
      if (!isOver) onProblem(error, null);
    }
  }

  /** Stops all work when the time that others leave it alone may end before the next heartbeat succeeds. */
  async function watchLease(): Promise<void> {
    noteLease();
    if (!isCurrent()) for (const id of held.ids()) lose(id);
  }

  /** Reports that the lease was lost, or is back. */
  function noteLease(): void {
    if (isLeaseLost !== isCurrent()) return;
    isLeaseLost = !isLeaseLost;
    observe({ type: 'lease', host: name, isLost: isLeaseLost, held: held.ids().length });
  }

  /** Takes all work of hosts that have ended. */
  async function takeWork(): Promise<void> {
    for (let taken = mostTaken; taken === mostTaken && !isDraining && !isOver; ) {
      const entries = await shared.take(name, mostTaken);
      taken = entries.length;
      for (const { sandbox, revision } of entries) {
        held.hold(sandbox.id, revision);
        observe({ type: 'takeover', host: name, sandboxId: sandbox.id });
      }
      await reconcileEach(entries.map(({ sandbox }) => sandbox.id));
    }
  }

  async function heard(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return takeWork().catch((error: unknown) => onProblem(error, null));
    directed?.changed(ids);
    await reconcileEach(ids.filter((id) => held.has(id) || directed?.isBusy(id)));
  }

  /** Does not reject. After an error the next heartbeat tries it again. */
  function reconcileEach(ids: readonly string[]): Promise<void> {
    return forEachLimited(ids, mostAtOnce, async (id) => {
      try {
        if (!isOver) await directed?.reconcile(id);
      } catch (error) {
        held.forgetRevision(id);
        onProblem(error, id);
      }
    });
  }

  function lose(id: string): void {
    held.lose(id);
    directed?.letGo(id);
  }
}

/** Repeats a task that does not reject, after each pause. */
function schedule(clock: Clock, everyMs: number, task: () => Promise<void>, stops: (() => void)[]): void {
  let cancel = () => {};
  let isStopped = false;
  const next = () => {
    if (!isStopped) cancel = clock.wake(everyMs, () => void task().finally(next));
  };
  stops.push(() => {
    isStopped = true;
    cancel();
  });
  next();
}
