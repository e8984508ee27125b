import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHost } from '../../../../src/server/create-host.ts';
import { sharedMemoryStore } from '../../../../src/server/store/memory/shared-memory.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { createMetrics } from '../../../../src/server/telemetry/metrics.ts';
import { creation } from '../../../../src/testing/store-conformance/fixtures.ts';
import { fakeDriver, hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

const fixture = hostFixture();

/** The lines of the metrics, without the common prefix, by their name and labels. */
async function gauges(options: Parameters<typeof createMetrics>[0] = {}) {
  const text = await createMetrics(options).render(fixture.host);
  const lines = text.split('\n').filter((line) => line.startsWith('sandbox_lifecycle_'));
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice('sandbox_lifecycle_'.length, end), Number(line.slice(end + 1))];
    }),
  );
}

describe('the gauges of a host', () => {
  test('count sandboxes by status', async () => {
    await fixture.running('ada');
    await fixture.running('bea');
    await fixture.host.send('default', 'bea', { type: 'terminate' });
    await fixture.clock.settle();
    expect(await gauges({ version: '1.2.3' })).toMatchObject({
      'sandboxes{status="running"}': 1,
      'sandboxes{status="terminated"}': 1,
      'sandboxes{status="suspended"}': 0,
      [`build_info{version="1.2.3",node="${process.version}",store="memory",driver="unknown",host=""}`]: 1,
      host_readable: 1,
      timeouts_overdue: 0,
      operation_oldest_seconds: 0,
    });
  });

  test('show how long the oldest operation is in flight, and which are retried', async () => {
    fixture.driver.script('boot', hang, async () => {
      throw new Error('busy');
    });
    await fixture.host.create({ namespace: 'default' });
    await fixture.clock.advance(3_000);
    await fixture.host.create({ namespace: 'default' });
    await fixture.clock.advance(100);
    expect(await gauges()).toMatchObject({
      operation_oldest_seconds: 3.1,
      'queue_length{queue="operations_running"}': 2,
      'queue_length{queue="operations_retrying"}': 1,
      'queue_length{queue="operations_waiting"}': 0,
      'queue_length{queue="commits"}': 0,
    });
  });

  test('show the usage of chosen namespaces only', async () => {
    await fixture.running('ada');
    await fixture.host.create({ namespace: 'other' });
    await fixture.clock.settle();
    await fixture.clock.advance(2_000);
    const shown = await gauges({ usageNamespaces: ['default', 'unused'] });
    expect(shown).toMatchObject({
      'usage_seconds{namespace="default",state="running"}': 2,
      'usage_seconds{namespace="unused",state="running"}': 0,
    });
    expect(Object.keys(shown).filter((name) => name.includes('other'))).toEqual([]);
  });

  test('are served when the store does not respond', async () => {
    const source = {
      stats: () => Promise.reject(new Error('The disk is full.')),
      totalUsage: () => Promise.reject(new Error('The disk is full.')),
    };
    expect(await createMetrics({ usageNamespaces: ['a'] }).render(source)).toMatch(
      /^sandbox_lifecycle_host_readable 0$/m,
    );
  });

  test('show the size of a database, and timeouts that are overdue', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gauges-'));
    const clock = virtualClock();
    const store = sqliteStore(join(folder, 'sandboxes.db'));
    const host = await createHost({ store, driver: fakeDriver(), clock });
    try {
      await host.create({ namespace: 'default', timeoutSeconds: 60 });
      await clock.settle();
      const due = [{ sandboxId: 'a', timeoutAt: clock.now() - 2_000 }];
      const { stats } = host;
      expect(await stats()).toMatchObject({
        store: { kind: 'sqlite' },
        overdueTimeouts: 0,
        longestOverdueMs: 0,
      });
      expect((await stats()).store?.sizeBytes).toBeGreaterThan(4096);
      store.due = async () => due;
      expect(await stats()).toMatchObject({ overdueTimeouts: 1, longestOverdueMs: 2_000 });
    } finally {
      await host.close();
      rmSync(folder, { recursive: true });
    }
  });
});

test('the metrics of one of several hosts name it', async () => {
  const clock = virtualClock();
  const metrics = createMetrics();
  const store = sharedMemoryStore({ clock });
  await store.shared.heartbeat('other', 15_000);
  const driver = fakeDriver();
  driver.script('boot', hang);
  const starting = createHost({
    ...{ store: store.another(), clock, hostName: 'web-1', observe: metrics.observe },
    driver: { ...driver, reach: 'everywhere' },
  });
  await clock.settle();
  const host = await starting;
  await host.create({ namespace: 'default', name: 'ada' });
  await store.commit({ change: creation({ id: 'left' }), host: 'other' });
  await store.shared.leave('other');
  await clock.advance(3_500);
  const text = await metrics.render(host);
  const lines = text.split('\n').filter((line) => line.includes('host="web-1"'));
  expect(lines).toEqual([
    'sandbox_lifecycle_takeovers_total{host="web-1"} 1',
    expect.stringMatching(/^sandbox_lifecycle_build_info\{.*,host="web-1"\} 1$/),
    'sandbox_lifecycle_hosts_living{host="web-1"} 1',
    // What was taken over has ended meanwhile: the deadline of its boot had passed.
    'sandbox_lifecycle_held_sandboxes{host="web-1"} 1',
    'sandbox_lifecycle_heartbeat_age_seconds{host="web-1"} 0.5',
  ]);
  metrics.observe({ type: 'lease', host: 'web-1', isLost: true, held: 2 });
  metrics.observe({ type: 'lease', host: 'web-1', isLost: false, held: 0 });
  expect(await metrics.render()).toContain('sandbox_lifecycle_lost_leases_total{host="web-1"} 1');
});

test('docs/production.md has every metric with its type and its labels', async () => {
  const page = readFileSync(new URL('../../../../docs/production.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)` \| (gauge|counter|histogram) \| (.*?) \|/gm)].map(
    ([, name, type, labels = '']) =>
      `${name} ${type} ${[...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)}`,
  );
  const metrics = createMetrics({ usageNamespaces: ['a'] });
  const text = await metrics.render(fixture.host);
  const types = [...text.matchAll(/^# TYPE sandbox_lifecycle_(\w+) (\w+)$/gm)];
  expect(documented.map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual(
    types.map(([, name, type]) => `${name} ${type}`).sort(),
  );
  for (const line of documented) {
    const [name, , labels = ''] = line.split(' ');
    const sample = new RegExp(`^sandbox_lifecycle_${name}\\{(.*)\\}`, 'm').exec(text)?.[1];
    if (sample === undefined || sample.includes('le=')) continue;
    expect(`${name} ${[...sample.matchAll(/(\w+)="/g)].map(([, label]) => label)}`).toBe(`${name} ${labels}`);
  }
});
