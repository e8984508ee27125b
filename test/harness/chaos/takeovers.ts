import type { Beat, HolderChange } from './audit.ts';
import type { Span } from './database.ts';
import type { HostLife } from './fleet.ts';

/** How long work was without a living host, in ms, ascending. */
export interface Takeovers {
  /** After a host was killed. */
  readonly afterKill: readonly number[];
  /** After a host left in order. */
  readonly afterStop: readonly number[];
  /** How many are not in the lists, because the database restarted meanwhile. */
  readonly duringOutages: number;
}

/** The facts about hosts and the holders of sandboxes. */
interface TakeoverFacts {
  readonly lives: readonly HostLife[];
  readonly beats: readonly Beat[];
  readonly holders: readonly HolderChange[];
  readonly outages: readonly Span[];
  readonly aliveMs: number;
}

/** Measures for each sandbox that had work when its holder ended how long it took until another host held it. */
export function measureTakeovers(facts: TakeoverFacts): Takeovers {
  const { lives, beats, holders, outages, aliveMs } = facts;
  const killedAt = new Map(
    lives.flatMap(({ name, end, endedAt }) => (end === 'killed' ? [[name, endedAt]] : [])),
  );
  const leftAt = new Map(beats.flatMap(({ host, at, isLeave }) => (isLeave ? [[host, at] as const] : [])));
  const afterKill: number[] = [];
  const afterStop: number[] = [];
  let duringOutages = 0;
  const add = (list: number[], from: number, to: number) => {
    const isOut = outages.some((outage) => outage.from - aliveMs <= to && outage.to + aliveMs >= from);
    if (isOut) duringOutages += 1;
    else list.push(to - from);
  };

  const freedAt = new Map<string, number>();
  for (const { sandboxId, before, after, isUnsettled, at } of holders) {
    const killed = before === null ? undefined : killedAt.get(before);
    if (killed !== undefined && at > killed && after !== null) add(afterKill, killed, at);
    const freed = freedAt.get(sandboxId);
    if (freed !== undefined && after !== null) add(afterStop, freed, at);
    freedAt.delete(sandboxId);
    const left = before === null ? undefined : leftAt.get(before);
    if (after === null && isUnsettled && left !== undefined && Math.abs(at - left) < momentMs)
      freedAt.set(sandboxId, at);
  }
  const ascending = (list: number[]) => list.sort((a, b) => a - b);
  return { afterKill: ascending(afterKill), afterStop: ascending(afterStop), duringOutages };
}

/** The leave of a host and the end of what it holds are one transaction; this is more than it takes, in ms. */
const momentMs = 1_000;

/** The value below which this share of ascending numbers lies; 0 of none. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}
