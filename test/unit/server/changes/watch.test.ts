import { describe, expect, test } from 'vitest';
import type { HistoryRow } from '../../../../src/server/index.ts';
import { fail, hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();

/** Collects the changes of a watch until it ends. */
function collect(query: { sandboxId?: string; after?: number; namespace?: string } = {}) {
  const rows: HistoryRow[] = [];
  const controller = new AbortController();
  const watching = on.host.watch({ namespace, ...query, signal: controller.signal });
  const done = (async () => {
    for await (const row of watching) rows.push(row);
  })();
  return {
    rows,
    seen: () => rows.map(({ sandboxId, version, to }) => [sandboxId, version, to]),
    async end() {
      controller.abort();
      await done;
    },
  };
}

describe('watch', () => {
  test('yields every change of a namespace, in the order of the commits', async () => {
    const watch = collect();
    await on.clock.settle();
    const { sandbox } = await on.host.create({ namespace, name: 'ada' });
    await on.host.create({ namespace: 'elsewhere' });
    await on.clock.settle();
    await on.host.send(namespace, 'ada', { type: 'terminate' });
    await on.clock.settle();
    expect(watch.seen()).toEqual([
      [sandbox.id, 1, 'pending'],
      [sandbox.id, 2, 'running'],
      [sandbox.id, 3, 'terminated'],
    ]);
    await watch.end();
  });

  test('continues from any position without a gap', async () => {
    const { id } = await on.running('ada');
    await on.running('grace');
    await on.host.send(namespace, 'ada', { type: 'suspend' });
    await on.clock.settle();
    const all = collect({ after: 0 });
    const one = collect({ after: 0, sandboxId: id });
    await on.clock.settle();
    expect(all.rows.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(one.rows.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    const rest = collect({ after: all.rows[3]?.sequence ?? 0 });
    await on.clock.settle();
    expect(rest.rows).toEqual(all.rows.slice(4));
    await Promise.all([all.end(), one.end(), rest.end()]);
  });

  test('yields hundreds of changes that were committed while the caller read none', async () => {
    const { id } = await on.running('ada');
    const after = await on.host.position();
    for (let n = 0; n < 250; n++) await on.host.send(namespace, id, { type: 'rename', name: `ada-${n}` });
    const watch = collect({ after });
    await on.clock.settle();
    expect(watch.rows.map(({ sandbox }) => sandbox.name)).toEqual(
      Array.from({ length: 250 }, (_, n) => `ada-${n}`),
    );
    await watch.end();
  });

  test('ends when the host closes', async () => {
    const watch = collect();
    await on.clock.settle();
    await on.host.close();
    await watch.end();
    expect(watch.rows).toEqual([]);
    await on.restart();
  });
});

describe('waiting', () => {
  test('ends at once when the sandbox already has the status', async () => {
    const { id } = await on.running('ada');
    const waited = await on.host.waitFor(namespace, id, ['running', 'suspended'], { timeoutMs: 1_000 });
    expect([waited.outcome, waited.reason]).toEqual(['reached', null]);
  });

  test('ends when the sandbox reaches the status', async () => {
    let finish = () => {};
    on.driver.script('boot', () => new Promise((resolve) => (finish = () => resolve(undefined))));
    const { sandbox } = await on.host.create({ namespace });
    const waiting = on.host.waitFor(namespace, sandbox.id, ['running'], { timeoutMs: 60_000 });
    await on.clock.advance(30_000);
    finish();
    await on.clock.settle();
    const { outcome, entry } = await waiting;
    expect([outcome, entry.sandbox.status]).toEqual(['reached', 'running']);
  });

  test('ends at once, with the reason, when the sandbox can never reach the status', async () => {
    on.driver.script('boot', hang);
    const { sandbox } = await on.host.create({ namespace });
    const waiting = on.host.waitFor(namespace, sandbox.id, ['running', 'suspended'], { timeoutMs: 60_000 });
    await on.host.send(namespace, sandbox.id, { type: 'terminate' });
    expect(await waiting).toMatchObject({
      outcome: 'unreachable',
      reason: 'The sandbox is terminated, which is final: it can never be running or suspended again.',
      entry: { sandbox: { status: 'terminated' } },
    });
  });

  test.each([
    ['pending', 'unreachable'],
    ['suspended', 'timed_out'],
    ['snapshotting', 'timed_out'],
    ['terminated', 'timed_out'],
  ] as const)('of a running sandbox for %s is %s', async (status, outcome) => {
    const { id } = await on.running('ada');
    const waiting = on.host.waitFor(namespace, id, [status], { timeoutMs: 1_000 });
    await on.clock.advance(1_000);
    const waited = await waiting;
    expect(waited.outcome).toBe(outcome);
    if (outcome === 'timed_out') expect(waited.reason).toBe('The sandbox is still running.');
  });

  test('ends when the caller aborts it', async () => {
    const { id } = await on.running('ada');
    const controller = new AbortController();
    const options = { timeoutMs: 60_000, signal: controller.signal };
    const waiting = on.host.waitFor(namespace, id, ['suspended'], options);
    await on.clock.settle();
    controller.abort();
    expect((await waiting).outcome).toBe('timed_out');
  });
});

test('the host reports operations, refusals and problems', async () => {
  on.driver.script('boot', fail(new Error('busy')), async () => undefined);
  const { sandbox } = await on.host.create({ namespace, name: 'ada', timeoutSeconds: 60 });
  await on.clock.advance(200);
  await Promise.all([
    on.host.send(namespace, 'ada', { type: 'snapshot' }),
    on.host.send(namespace, 'ada', { type: 'suspend' }),
  ]);
  await on.clock.advance(60_000);
  const about = { sandboxId: sandbox.id };
  expect(on.seen).toContainEqual({ type: 'problem', error: new Error('busy'), ...about });
  expect(on.seen.filter(({ type }) => type === 'operation')).toMatchObject([
    { ...about, operation: 1, kind: 'boot', result: 'retried', durationMs: 0 },
    { ...about, operation: 1, kind: 'boot', result: 'completed' },
    { ...about, operation: 2, kind: 'snapshot', result: 'completed' },
    { ...about, operation: 3, kind: 'suspend', result: 'completed' },
  ]);
  expect(on.seen).toContainEqual({ type: 'refused', namespace, ...about, command: 'suspend', code: 'busy' });
  expect(on.seen).toContainEqual({ type: 'timeout', ...about, latenessMs: 0 });
  const applied = on.seen.flatMap((seen) => (seen.type === 'applied' ? [seen.row.to] : []));
  expect(applied).toEqual(['pending', 'running', 'snapshotting', 'running', 'suspending', 'suspended']);
  expect(on.seen.filter(({ type }) => type === 'committed')).toHaveLength(6);
});
