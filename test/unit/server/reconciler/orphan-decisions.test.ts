import { describe, expect, test } from 'vitest';
import { checkHistory, type OrphanRequest } from '../../../../src/server/index.ts';
import { fail, hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const minute = 60_000;

/** Puts sandboxes without a record on the platform. */
function strays(...ids: string[]): void {
  for (const id of ids) on.driver.platform.set(id, 'running');
}

const decide = (decision: 'keep' | 'release', ...sandboxIds: string[]) =>
  on.host.decideOrphans({ decision, sandboxIds }, { actor: 'root' });
const adopt = (sandboxIds: string[], names?: Record<string, string>) =>
  on.host.decideOrphans({ decision: 'adopt', namespace, sandboxIds, names }, { actor: 'root' });
const listed = async () => (await on.host.orphans({ limit: 99 })).items.map(({ sandboxId }) => sandboxId);

describe('the list', () => {
  test('has what is on the platform and has no record, in pages by id', async () => {
    await on.running('ada');
    const terminated = await on.running('grace');
    on.driver.script('release', hang);
    await on.host.send(namespace, terminated.id, { type: 'terminate' });
    strays('c', 'a', 'b');
    on.driver.platform.set('b', 'paused');
    const first = await on.host.orphans({ limit: 2 });
    expect(first).toEqual({
      count: 3,
      items: [
        { sandboxId: 'a', state: 'running', decision: null },
        { sandboxId: 'b', state: 'paused', decision: null },
      ],
      nextCursor: 'b',
    });
    const last = await on.host.orphans({ limit: 2, cursor: 'b' });
    expect(last).toMatchObject({ items: [{ sandboxId: 'c' }], nextCursor: null });
  });

  test('fails with a sentence while the platform does not respond, and when the host is closed', async () => {
    on.driver.inventory = fail(new Error('no route to host'));
    await expect(on.host.orphans({ limit: 9 })).rejects.toMatchObject({ name: 'PlatformError' });
    on.driver.inventory = async () => null as never;
    await expect(on.host.orphans({ limit: 9 })).rejects.toMatchObject({ name: 'PlatformError' });
    on.driver.inventory = () => new Promise(() => {});
    const waiting = expect(on.host.orphans({ limit: 9 })).rejects.toMatchObject({ name: 'StoppingError' });
    await on.clock.settle();
    await on.host.close();
    await waiting;
    await expect(on.host.orphans({ limit: 9 })).rejects.toMatchObject({ name: 'StoppingError' });
  });

  test('reads the platform once for all requests that wait', async () => {
    let reads = 0;
    const { inventory } = on.driver;
    on.driver.inventory = () => {
      reads += 1;
      return inventory();
    };
    await Promise.all(Array.from({ length: 50 }, () => on.host.orphans({ limit: 1 })));
    expect(reads).toBeLessThanOrEqual(2);
  });
});

test('a release that was decided before a backup is not carried out when that is restored', async () => {
  strays('old', 'kept');
  for (const [sandboxId, decision] of [
    ['old', 'release'],
    ['kept', 'keep'],
  ] as const)
    await on.store.orphans?.put({ sandboxId, decision, at: on.clock.now(), actor: 'root' });
  await on.restart({ restored: true });
  await on.clock.advance(60 * minute);
  expect([...on.driver.platform.keys()]).toEqual(['old', 'kept']);
  expect((await on.host.orphans({ limit: 9 })).items).toMatchObject([
    { sandboxId: 'kept', decision: { decision: 'keep' } },
    { sandboxId: 'old', decision: null },
  ]);
});

describe('keep', () => {
  test('leaves a sandbox on the platform beyond the grace, also after restarts', async () => {
    strays('stray', 'other');
    await decide('keep', 'stray');
    await on.clock.advance(10 * minute);
    await on.restart();
    await on.clock.advance(60 * minute);
    expect([...on.driver.platform.keys()]).toEqual(['stray']);
    expect((await on.host.orphans({ limit: 9 })).items).toMatchObject([
      { sandboxId: 'stray', decision: { decision: 'keep', actor: 'root' } },
    ]);
    const reported = on.seen.filter((seen) => seen.type === 'drift' && seen.sandboxId === 'stray');
    expect(reported).toEqual([]);
  });

  test('holds when the mode for a restored database ends', async () => {
    await on.restart({ restored: true });
    strays('stray', 'other');
    await decide('keep', 'stray');
    await on.clock.advance(60 * minute);
    expect(on.driver.platform.size).toBe(2);
    await on.restart({ restored: false });
    await on.clock.advance(60 * minute);
    expect([...on.driver.platform.keys()]).toEqual(['stray']);
  });

  test('of a sandbox that has disappeared is listed, and deleted by a release', async () => {
    strays('stray', 'other');
    await decide('keep', 'stray');
    on.driver.platform.delete('stray');
    await on.clock.advance(60 * minute);
    expect((await on.host.orphans({ limit: 9 })).items).toMatchObject([
      { sandboxId: 'stray', state: 'absent', decision: { decision: 'keep' } },
    ]);
    await expect(decide('keep', 'stray')).rejects.toMatchObject({ code: 'orphan_not_found' });
    const { length } = on.driver.calls;
    await decide('release', 'stray');
    await on.clock.settle();
    expect(on.driver.calls.length).toBe(length);
    expect(await listed()).toEqual([]);
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
  });

  test('can be replaced by a release', async () => {
    strays('stray');
    await decide('keep', 'stray');
    await decide('release', 'stray');
    await on.clock.settle();
    expect(on.driver.platform.size).toBe(0);
  });
});

describe('release', () => {
  test('begins at once, in the mode for a restored database too, and touches nothing else', async () => {
    await on.restart({ restored: true });
    strays('stray', 'other');
    await decide('release', 'stray');
    await on.clock.settle();
    expect(on.driver.log()).toEqual(['release 0']);
    expect([...on.driver.platform.keys()]).toEqual(['other']);
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
  });

  test('is repeated until it succeeds, across restarts', async () => {
    strays('stray');
    on.driver.script('release', fail(new Error('stuck')));
    await decide('release', 'stray');
    await on.clock.advance(2 * minute);
    await on.restart({ orphans: 'keep' });
    await on.clock.advance(minute);
    expect(on.driver.platform.size).toBe(0);
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
  });

  test('cannot be replaced while it is in progress', async () => {
    strays('stray');
    on.driver.script('release', hang);
    await decide('release', 'stray');
    await on.clock.settle();
    await expect(decide('keep', 'stray')).rejects.toMatchObject({ code: 'orphan_busy' });
    await expect(adopt(['stray'])).rejects.toMatchObject({ code: 'orphan_busy' });
  });
});

describe('a decision is refused, and changes nothing', () => {
  test.each(['keep', 'release', 'adopt'] as const)('%s: for a sandbox with a record', async (decision) => {
    strays('stray');
    const { id } = await on.running('ada');
    const request = { decision, namespace, sandboxIds: ['stray', id] } as OrphanRequest;
    await expect(on.host.decideOrphans(request)).rejects.toThrow(
      `Sandbox "${id}" has a record; use the commands of sandboxes. Nothing was changed.`,
    );
    await on.clock.settle();
    expect(on.driver.platform.size).toBe(2);
    expect(await listed()).toEqual(['stray']);
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
  });

  test('for one that is not on the platform', async () => {
    await expect(decide('release', 'unknown')).rejects.toMatchObject({ code: 'orphan_not_found' });
  });

  test('for one with the mark of another database', async () => {
    const { inventory } = on.driver;
    on.driver.inventory = async () => [
      ...(await inventory()),
      { sandboxId: 'theirs', state: 'running', owner: 'another database' },
    ];
    expect(await listed()).toEqual([]);
    for (const act of [
      () => decide('release', 'theirs'),
      () => decide('keep', 'theirs'),
      () => adopt(['theirs']),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'orphan_of_other' });
    expect(on.driver.log()).toEqual([]);
  });

  test('for none, for too many and for too long ids', async () => {
    strays('stray');
    await expect(decide('keep')).rejects.toThrow('Name at least one sandbox.');
    const many = Array.from({ length: 1_001 }, (_, index) => `id-${index}`);
    await expect(decide('keep', ...many)).rejects.toThrow('at most 1000 sandboxes, not 1001');
    await expect(decide('keep', 'x'.repeat(300))).rejects.toThrow('too long');
  });

  test('above ten thousand decisions', async () => {
    const many = Array.from({ length: 9_999 }, (_, index) => ({
      ...{ sandboxId: `id-${index}`, decision: 'keep' as const, at: 0, actor: 'root' },
    }));
    for (const one of many) await on.store.orphans?.put(one);
    strays('stray', 'other');
    await expect(decide('keep', 'stray', 'other')).rejects.toThrow('at most 10000 decisions');
    await decide('keep', 'stray');
  });

  test('when the platform does not respond', async () => {
    strays('stray');
    on.driver.inventory = fail(new Error('no route to host'));
    await expect(decide('release', 'stray')).rejects.toMatchObject({ name: 'PlatformError' });
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
  });
});

describe('adopt', () => {
  test('creates the record of a running sandbox, and calls no operation of the driver', async () => {
    strays('stray');
    await decide('keep', 'stray');
    await adopt(['stray'], { stray: 'ada' });
    await on.clock.settle();
    expect(await on.record('stray')).toMatchObject({
      ...{ status: 'running', name: 'ada', incarnation: 1, version: 2, operation: null },
    });
    expect(on.driver.log()).toEqual([]);
    expect(on.driver.adopted).toEqual([{ sandboxId: 'stray', incarnation: 1 }]);
    expect(await listed()).toEqual([]);
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
    const rows = await on.host.history(namespace, 'stray');
    expect(checkHistory(rows, await on.host.get(namespace, 'stray'))).toBeUndefined();
    expect(rows.map(({ event, actor, cause }) => [event.type, actor, cause])).toEqual([
      ['created', 'root', 'request'],
      ['boot.completed', 'platform', 'adoption'],
    ]);
    await on.host.send(namespace, 'ada', { type: 'terminate' });
    await on.clock.settle();
    expect(on.driver.platform.size).toBe(0);
  });

  test('makes one without a name ephemeral, and a paused one suspended', async () => {
    strays('a', 'b');
    on.driver.platform.set('b', 'paused');
    await expect(adopt(['a', 'b'])).rejects.toThrow('Sandbox "b" is paused');
    expect(await listed()).toEqual(['a', 'b']);
    await adopt(['a', 'b'], { b: 'bob' });
    expect(await on.record('a')).toMatchObject({ status: 'running', name: null });
    expect(await on.record('b')).toMatchObject({ status: 'suspended', version: 4, operations: 2 });
    expect(
      checkHistory(await on.host.history(namespace, 'b'), await on.host.get(namespace, 'b')),
    ).toBeUndefined();
    await on.host.send(namespace, 'bob', { type: 'resume' });
    await on.clock.settle();
    expect((await on.record('b')).status).toBe('running');
    await on.clock.advance(60 * minute);
    expect(on.driver.platform.size).toBe(2);
  });

  test('delivers a change of the configuration, and survives a restart', async () => {
    strays('stray');
    await adopt(['stray'], { stray: 'ada' });
    await on.host.update(namespace, 'ada', { configuration: { exposedPorts: [80] } });
    await on.clock.settle();
    expect(on.driver.configured).toMatchObject([{ sandboxId: 'stray', incarnation: 1, generation: 2 }]);
    await on.restart();
    await on.clock.advance(60 * minute);
    expect((await on.record('stray')).status).toBe('running');
  });

  test.each([
    [{ other: 'ada' }, 'A name is given for "other"'],
    [{ stray: 'events' }, 'is a word of the API'],
    [{ stray: '' }, 'name'],
    [{ stray: 'twice', second: 'twice' }, 'given twice'],
  ])('refuses the names %j, and changes nothing', async (names, sentence) => {
    strays('stray', 'second');
    await expect(adopt(['second', 'stray'], names as Record<string, string>)).rejects.toThrow(sentence);
    expect(await listed()).toEqual(['second', 'stray']);
  });

  test('reads names by own keys only', async () => {
    strays('constructor');
    await adopt(['constructor'], {});
    expect(await on.record('constructor')).toMatchObject({ name: null });
  });

  test('of several is refused as a whole when one name is taken', async () => {
    strays('first', 'second');
    await on.running('ada');
    await expect(adopt(['first', 'second'], { second: 'ada' })).rejects.toMatchObject({
      name: 'NameTakenError',
    });
    expect(await listed()).toEqual(['first', 'second']);
  });

  test('refuses a name that is taken', async () => {
    await on.running('ada');
    strays('stray');
    await expect(adopt(['stray'], { stray: 'ada' })).rejects.toMatchObject({ name: 'NameTakenError' });
    expect(await listed()).toEqual(['stray']);
  });
});
