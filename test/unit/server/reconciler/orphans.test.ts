import { describe, expect, test } from 'vitest';
import type { Found } from '../../../../src/server/index.ts';
import { hostFixture } from '../../../harness/server/host-fixture.ts';

const minute = 60_000;

describe('a sandbox on the platform without a record', () => {
  const on = hostFixture();
  const reports = () =>
    on.seen.flatMap((seen) => (seen.type === 'drift' && seen.kind === 'orphan' ? [seen.sandboxId] : []));

  /** Adds a sandbox with the mark of an owner to each inventory. */
  function withOwner(sandboxId: string, owner: string | null): void {
    const { inventory } = on.driver;
    on.driver.inventory = async () => [
      ...(await inventory()),
      { sandboxId, state: 'running', owner } satisfies Found,
    ];
  }

  test('is reported at once, and released when every look has found it for the grace', async () => {
    on.driver.platform.set('stray', 'running');
    await on.clock.advance(minute);
    expect(reports()).toEqual(['stray']);
    await on.clock.advance(14 * minute);
    expect(on.driver.log()).toEqual([]);
    await on.clock.advance(minute);
    expect(on.driver.log()).toEqual(['release 0']);
    expect(on.driver.platform.size).toBe(0);
    expect(reports()).toEqual(['stray']);
  });

  test('begins its grace again when a look does not find it, or the host restarts', async () => {
    on.driver.platform.set('stray', 'paused');
    await on.clock.advance(10 * minute);
    on.driver.platform.delete('stray');
    await on.clock.advance(minute);
    on.driver.platform.set('stray', 'paused');
    await on.clock.advance(10 * minute);
    await on.restart();
    await on.clock.advance(14 * minute);
    expect(on.driver.log()).toEqual([]);
    await on.clock.advance(2 * minute);
    expect(on.driver.log()).toEqual(['release 0']);
  });

  test('is not released sooner when the wall clock is set forward', async () => {
    on.driver.platform.set('stray', 'running');
    await on.clock.advance(minute);
    on.clock.jump(60 * minute);
    await on.clock.advance(5 * minute);
    expect(on.driver.log()).toEqual([]);
  });

  test('is released again when a release fails', async () => {
    on.driver.platform.set('stray', 'running');
    on.driver.script(
      'release',
      async () => {
        throw new Error('stuck');
      },
      async () => undefined,
    );
    await on.clock.advance(17 * minute);
    expect(on.driver.log()).toEqual(['release 0', 'release 0']);
    expect(on.driver.platform.size).toBe(0);
  });

  test('stays when it has the mark of another owner', async () => {
    withOwner('theirs', 'another database');
    await on.clock.advance(120 * minute);
    expect(on.driver.log()).toEqual([]);
    expect(reports()).toEqual([]);
  });

  test.each([null, undefined])('is judged when its mark is %s', async (owner) => {
    withOwner('stray', owner as null);
    await on.clock.advance(17 * minute);
    expect(on.driver.log()).toContain('release 0');
  });
});

describe('with the option orphans: keep', () => {
  const on = hostFixture({ orphans: 'keep', orphanGraceSeconds: 60 });

  test('a sandbox without a record is reported, and stays', async () => {
    on.driver.platform.set('stray', 'running');
    await on.clock.advance(120 * minute);
    expect(on.driver.log()).toEqual([]);
    expect(on.seen.filter(({ type }) => type === 'drift')).toHaveLength(1);
  });

  test('a sandbox of a terminated record is released nevertheless', async () => {
    const { id } = await on.running('ada');
    await on.host.send('default', id, { type: 'terminate' });
    await on.clock.settle();
    on.driver.platform.set(id, 'running');
    await on.clock.advance(minute);
    expect(on.driver.platform.size).toBe(0);
  });
});
