import type { Beat } from './audit.ts';
import type { HostLife } from './fleet.ts';

/** The facts that show whether a host lived. */
export interface HostFacts {
  readonly lives: readonly HostLife[];
  readonly beats: readonly Beat[];
  readonly aliveMs: number;
}

/** Whether a host lived all the time between two instants (epoch ms). */
export type LivedThrough = (host: string, from: number, to: number) => boolean;

/**
 * Returns whether a host lived: it ran, the test did not stop it, and its heartbeats came so often that it had no reason to let go. The
 * limit is half of the time to live, because a host lets go after two thirds, and counts from before its heartbeat arrived.
 */
export function livedThrough({ lives, beats, aliveMs }: HostFacts): LivedThrough {
  const lifeOf = new Map(lives.map((life) => [life.name, life]));
  const beatsOf = new Map<string, Beat[]>(lives.map(({ name }) => [name, []]));
  for (const beat of beats) beatsOf.get(beat.host)?.push(beat);
  return (host, from, to) => {
    const life = lifeOf.get(host);
    if (life === undefined || from < life.since || to > life.endedAt) return false;
    // After a pause, a host may act for a moment before it knows what it missed.
    if (life.pauses.some((pause) => pause.from <= to && pause.to >= from - aliveMs)) return false;
    return beatsThrough(beatsOf.get(host) ?? [], from, to, aliveMs / 2);
  };
}

function beatsThrough(beats: readonly Beat[], from: number, to: number, longestGapMs: number): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, isLeave } of beats) {
    if (at > to) break;
    if (isLeave || (at > from && at - last > longestGapMs)) return false;
    last = at;
  }
  return to - last <= longestGapMs;
}
