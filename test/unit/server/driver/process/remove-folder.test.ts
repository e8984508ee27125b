import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeFolder } from '../../../../../src/server/driver/process/remove-folder.ts';
import { asOrdinaryUser, makeDeepFolders, openDescriptors } from './harmful.ts';

let directory: string;
let folder: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'remove-folder-'));
  chmodSync(directory, 0o777);
  folder = join(directory, 'folder');
});

afterEach(async () => {
  // Also after a failed test, whose folders may be too deep for Node.
  execFileSync('rm', ['-rf', directory]);
});

describe('removeFolder', () => {
  test('removes 5,000 nested folders, whose path is longer than the system accepts', async () => {
    makeDeepFolders(folder, 5_000);
    await removeFolder(folder);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('removes nested folders with the longest names, and several deep trees side by side', async () => {
    makeDeepFolders(folder, 100, 'n'.repeat(255));
    for (const name of ['a', 'b', 'c']) makeDeepFolders(folder, 200, name);
    await removeFolder(folder);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('removes more files than one batch has, names that are not text, and links but not their targets', async () => {
    mkdirSync(folder);
    mkdirSync(join(directory, 'target'));
    writeFileSync(join(directory, 'target', 'kept'), '');
    for (let file = 0; file < 2_100; file++) writeFileSync(join(folder, String(file)), '');
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), '');
    symlinkSync(join(directory, 'target'), join(folder, 'link'));
    symlinkSync('..', join(folder, 'up'));
    const before = openDescriptors();
    await removeFolder(folder);
    expect(readdirSync(directory)).toEqual(['target']);
    expect(readdirSync(join(directory, 'target'))).toEqual(['kept']);
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test('removes a link instead of what it leads to, and ignores a missing folder', async () => {
    mkdirSync(join(directory, 'target'));
    symlinkSync(join(directory, 'target'), folder);
    await removeFolder(folder);
    await removeFolder(folder);
    expect(readdirSync(directory)).toEqual(['target']);
  });

  test('as an ordinary user, removes folders without read permission, at the top and deep inside', async () => {
    await asOrdinaryUser(async () => {
      makeDeepFolders(folder, 50);
      mkdirSync(join(folder, 'closed', 'inside'), { recursive: true });
      writeFileSync(join(folder, 'closed', 'inside', 'file'), '');
      const deep = join(folder, ...Array.from({ length: 20 }, () => 'd'));
      for (const one of [join(folder, 'closed', 'inside'), join(folder, 'closed'), deep, folder])
        chmodSync(one, 0);
      await removeFolder(folder);
    });
    expect(existsSync(folder)).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'removes the rest, then fails, when a part belongs to another user',
    async () => {
      mkdirSync(join(folder, 'a', 'b'), { recursive: true });
      mkdirSync(join(folder, 'c'));
      writeFileSync(join(folder, 'a', 'b', 'file'), '');
      for (const name of ['a', 'c', '.']) execFileSync('chown', ['65534', join(folder, name)]);
      for (const name of ['a/file', 'c/file', 'file']) writeFileSync(join(folder, name), '');
      await asOrdinaryUser(() => expect(removeFolder(folder)).rejects.toMatchObject({ code: 'EACCES' }));
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['a', 'a/b', 'a/b/file']);
    },
  );

  test('stops when it is aborted, and goes on at the next attempt', async () => {
    makeDeepFolders(folder, 300);
    const controller = new AbortController();
    const removal = removeFolder(folder, controller.signal);
    setImmediate(() => controller.abort(new Error('aborted')));
    await expect(removal).rejects.toThrow('aborted');
    await removeFolder(folder);
    expect(existsSync(folder)).toBe(false);
  });
});
