import { describe, expect, test } from 'vitest';
import type { Beat, HolderChange } from '../../harness/chaos/audit.ts';
import { countHandovers, problemsOfDriving } from '../../harness/chaos/driving.ts';
import type { HostLife } from '../../harness/chaos/fleet.ts';
import { livedThrough } from '../../harness/chaos/host-lives.ts';
import type { PlatformCall } from '../../harness/chaos/platform.ts';
import { measureTakeovers, quantile } from '../../harness/chaos/takeovers.ts';

const aliveMs = 3_000;
const minute = 60_000;

const life = (name: string, more: Partial<HostLife> = {}): HostLife => ({
  ...{ name, since: 0, pauses: [], endedAt: Number.POSITIVE_INFINITY, end: null },
  ...more,
});

/** Heartbeats every 600 ms for a minute, without those between two instants. */
const beatsOf = (host: string, from = minute, to = minute): Beat[] =>
  Array.from({ length: 101 }, (_, index) => ({ host, at: index * 600, isLeave: false })).filter(
    ({ at }) => at < from || at > to,
  );

const call = (host: string, begunAt: number, endedAt: number | null, more: Partial<PlatformCall> = {}) => ({
  ...{
    host,
    kind: 'boot' as const,
    sandboxId: 's',
    operation: 1,
    begunAt,
    endedAt,
    isDone: endedAt !== null,
  },
  ...more,
});

const problems = (calls: PlatformCall[], lives: HostLife[], beats: Beat[]) => [
  ...problemsOfDriving(calls, [], livedThrough({ lives, beats, aliveMs })),
];

describe('the judge of calls', () => {
  const both = [life('a'), life('b')];
  const beats = [...beatsOf('a'), ...beatsOf('b')];

  test('finds two living hosts at one operation', () => {
    const overlap = [call('a', 5_000, 6_000), call('b', 5_500, 6_500)];
    expect(problems(overlap, both, beats)).toEqual([expect.stringContaining('Two living hosts')]);
    expect(problems([call('a', 5_000, 6_000), call('b', 6_000, 6_500)], both, beats)).toEqual([]);
    expect(problems([call('a', 5_000, null), call('a', 5_500, 6_500)], both, beats)).toEqual([]);
  });

  test('finds an adoption beside the work of another host, and counts the begin of the next operation', () => {
    const adoption = call('b', 5_500, 6_500, { kind: 'adopt', operation: 0 });
    expect(problems([call('a', 5_000, 6_000), adoption], both, beats)).toHaveLength(1);
    const next = [call('a', 5_000, 6_000), call('b', 5_500, 6_500, { operation: 2 })];
    expect(problems(next, both, beats)).toEqual([]);
    expect(countHandovers(next)).toBe(1);
  });

  test('excuses a host that was killed, paused, or had no heartbeat', () => {
    const overlap = [call('a', 5_000, null), call('b', 9_000, 9_500)];
    expect(problems(overlap, both, beats)).toHaveLength(1);
    const killed = life('a', { endedAt: 5_500, end: 'killed' });
    const paused = life('a', { pauses: [{ from: 5_500, to: 8_900 }] });
    for (const one of [killed, paused]) expect(problems(overlap, [one, life('b')], beats)).toEqual([]);
    const silent = [...beatsOf('a', 5_500, 8_500), ...beatsOf('b')];
    expect(problems(overlap, both, silent)).toEqual([]);
    const left = [...beats, { host: 'a', at: 8_000, isLeave: true }].sort((x, y) => x.at - y.at);
    expect(problems(overlap, both, left)).toEqual([]);
  });

  test('finds a start after the release, by a host or on the platform', () => {
    const released = call('a', 5_000, 5_100, { kind: 'release', operation: 2 });
    const late = call('b', 7_000, 7_100);
    expect(problems([released, late], both, beats)).toEqual([expect.stringContaining('after its release')]);
    expect(problems([late, { ...released, begunAt: 7_200, endedAt: 7_300 }], both, beats)).toEqual([]);
    const effects = [
      { kind: 'release', sandboxId: 's', operation: 2 },
      { kind: 'boot', sandboxId: 's', operation: 1 },
    ] as const;
    expect([...problemsOfDriving([], effects, () => true)]).toHaveLength(1);
  });
});

describe('takeovers', () => {
  const change = (at: number, before: string | null, after: string | null): HolderChange => ({
    ...{ sandboxId: 's', before, after, isUnsettled: true, at },
  });
  const measure = (holders: HolderChange[], outages: { from: number; to: number }[] = []) =>
    measureTakeovers({
      lives: [life('a', { endedAt: 10_000, end: 'killed' }), life('b')],
      beats: [{ host: 'b', at: 20_000, isLeave: true }],
      ...{ holders, outages, aliveMs },
    });

  test('are measured from the kill of a host, and from its leave', () => {
    expect(measure([change(9_000, null, 'a'), change(12_800, 'a', 'b')])).toEqual({
      ...{ afterKill: [2_800], afterStop: [], duringOutages: 0 },
    });
    expect(measure([change(20_000, 'b', null), change(20_040, null, 'c')]).afterStop).toEqual([40]);
  });

  test('leave out work that was done, given away before the kill, or taken while the database restarted', () => {
    expect(measure([change(9_000, 'a', 'b'), change(10_500, 'b', null)]).afterKill).toEqual([]);
    const outage = measure([change(12_800, 'a', 'b')], [{ from: 11_000, to: 12_000 }]);
    expect(outage).toEqual({ afterKill: [], afterStop: [], duringOutages: 1 });
  });

  test('have quantiles', () => {
    expect([quantile([], 0.5), quantile([7], 0.99), quantile([1, 2, 3, 4], 0.5)]).toEqual([0, 7, 3]);
  });
});
