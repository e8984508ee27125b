import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHost } from '../../../../src/server/create-host.ts';
import type { Host } from '../../../../src/server/host.ts';
import { attemptsUntilStuck, stuckRetryMs } from '../../../../src/server/reconciler/stuck-releases.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { logObservations } from '../../../../src/server/telemetry/log.ts';
import { createMetrics } from '../../../../src/server/telemetry/metrics.ts';
import type { Observation } from '../../../../src/server/telemetry/observation.ts';
import { type FakeDriver, fakeDriver } from '../../../harness/server/fake-driver.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

const namespace = 'default';
const metrics = createMetrics();
let clock: VirtualClock;
let driver: FakeDriver;
let host: Host;
let observed: Observation[];
let lines: { level: string; fields: Record<string, unknown>; message: string }[];
/** Whether the platform refuses to release. */
let isBlocked: boolean;

beforeEach(async () => {
  clock = virtualClock();
  driver = fakeDriver();
  observed = [];
  lines = [];
  isBlocked = true;
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    lines.push({ level, fields, message });
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
  const logger = Object.fromEntries(levels.map((level) => [level, write(level)])) as never;
  const log = logObservations(logger);
  const observe = (observation: Observation) => {
    observed.push(observation);
    log(observation);
    metrics.observe(observation);
  };
  const { release } = driver;
  driver.release = async (job) => {
    if (isBlocked) throw new Error('a file cannot be removed');
    return release.call(driver, job);
  };
  host = await createHost({ store: memoryStore(), driver, clock, random: () => 0, observe });
});

afterEach(async () => {
  const closed = host.close();
  await clock.advance(30_000);
  await closed;
});

const attempts = () =>
  observed.filter(({ type }) => type === 'operation').filter((one) => 'kind' in one && one.kind === 'release')
    .length;
const gauge = async () => /stuck_releases (\d+)/.exec(await metrics.render())?.[1];

test('a release that fails again and again is reported once, attempted rarely, and completed at last', async () => {
  const { sandbox } = await host.create({ namespace, name: 'ada' });
  await clock.settle();
  await host.send(namespace, sandbox.id, { type: 'terminate' });
  await clock.advance(10 * 60_000);
  expect(attempts()).toBe(attemptsUntilStuck);
  const stuck = observed.filter(({ type }) => type === 'stuckRelease');
  expect(stuck).toMatchObject([
    { sandboxId: sandbox.id, isStuck: true, attempts: attemptsUntilStuck, count: 1 },
  ]);
  expect(lines.filter(({ message }) => message === 'release is stuck')).toMatchObject([
    { level: 'error', fields: { sandboxId: sandbox.id, error: { message: 'a file cannot be removed' } } },
  ]);
  expect(await gauge()).toBe('1');

  await clock.advance(stuckRetryMs);
  expect(attempts()).toBe(attemptsUntilStuck + 1);
  isBlocked = false;
  await clock.advance(stuckRetryMs);
  expect(observed.filter(({ type }) => type === 'stuckRelease')).toMatchObject([
    { isStuck: true },
    { sandboxId: sandbox.id, isStuck: false, count: 0 },
  ]);
  expect(await gauge()).toBe('0');
  await clock.advance(10 * stuckRetryMs);
  expect(attempts()).toBe(attemptsUntilStuck + 2);
});

test('a release that fails a few times is not reported', async () => {
  const { sandbox } = await host.create({ namespace, name: 'ada' });
  await clock.settle();
  await host.send(namespace, sandbox.id, { type: 'terminate' });
  await clock.advance(60_000);
  isBlocked = false;
  await clock.advance(60_000);
  expect(attempts()).toBeLessThan(attemptsUntilStuck);
  expect(observed.filter(({ type }) => type === 'stuckRelease')).toEqual([]);
});
