import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyFolder } from '../../../../../src/server/driver/process/copy.ts';
import { copyPieces } from '../../../../../src/server/driver/process/copy-file.ts';
import { measureFolder, mustFit } from '../../../../../src/server/driver/process/measure.ts';
import { asOrdinaryUser, makeDeepFolders, openDescriptors } from './harmful.ts';

const mb = 1024 * 1024;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'copy-'));
  mkdirSync(from());
});

afterEach(() => {
  execFileSync('rm', ['-rf', directory]);
});

const from = (...path: string[]) => join(directory, 'from', ...path);
const to = (...path: string[]) => join(directory, 'to', ...path);

function copy(signal = new AbortController().signal, check = () => {}): Promise<number> {
  return copyFolder(
    { source: from(), unfinished: join(directory, 'unfinished'), target: to(), check },
    signal,
  );
}

/** Creates a file of this size with some bytes at each of these positions, and holes between them. */
function writeSparse(file: string, size: number, positions: readonly number[]): void {
  const descriptor = openSync(file, 'w');
  for (const position of positions) writeSync(descriptor, 'data', position);
  closeSync(descriptor);
  truncateSync(file, size);
}

const diskBytes = (file: string) => statSync(file).blocks * 512;

describe('copyFolder', () => {
  test('keeps the holes of a file, also of one that is larger than the disk', async () => {
    writeSparse(from('small'), 5 * mb, [0, 3 * mb]);
    writeSparse(from('large'), 2 ** 40, [7, 2 ** 39]);
    expect(await copy()).toBe(5 * mb + 2 ** 40);
    expect(readFileSync(to('small')).equals(readFileSync(from('small')))).toBe(true);
    expect(statSync(to('large')).size).toBe(2 ** 40);
    const handle = await open(to('large'));
    expect((await handle.read(Buffer.alloc(4), 0, 4, 2 ** 39)).buffer.toString()).toBe('data');
    await handle.close();
    expect(diskBytes(to('small'))).toBeLessThan(mb);
    expect(diskBytes(to('large'))).toBeLessThan(mb);
  });

  test('keeps hard links, also of files that have names elsewhere', async () => {
    mkdirSync(from('folder'));
    writeFileSync(from('one'), 'x'.repeat(10_000));
    linkSync(from('one'), from('folder', 'two'));
    linkSync(from('one'), join(directory, 'outside'));
    expect(await copy()).toBe(10_000);
    expect(statSync(to('one')).ino).toBe(statSync(to('folder', 'two')).ino);
    expect(statSync(to('one')).nlink).toBe(2);
    expect(await measureFolder(to())).toMatchObject({ sizeBytes: 10_000 });
  });

  test('copies links as links, and skips sockets and pipes', async () => {
    symlinkSync('/etc', from('out'));
    execFileSync('mkfifo', [from('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(from('socket'), resolve));
    await copy();
    server.close();
    expect(readdirSync(to())).toEqual(['out']);
    expect(lstatSync(to('out')).isSymbolicLink()).toBe(true);
  });

  test('refuses a link in the place of the folder, and changes nothing where it leads', async () => {
    const victim = join(directory, 'victim');
    mkdirSync(victim, { mode: 0o750 });
    execFileSync('rmdir', [from()]);
    symlinkSync(victim, from());
    await expect(copy()).rejects.toMatchObject({ retryable: false, message: /replaced by something else/ });
    expect(statSync(victim).mode & 0o777).toBe(0o750);
    expect(existsSync(to())).toBe(false);
  });

  test('refuses, for good and with a sentence, folders that are nested too deep', async () => {
    makeDeepFolders(from('deep'), 2_500);
    await expect(copy()).rejects.toMatchObject({ retryable: false, message: /nested deeper/ });
    expect(readdirSync(directory)).toEqual(['from']);
  });

  test('refuses, for good and by name, a file that the server may not read', async () => {
    chmodSync(directory, 0o777);
    await asOrdinaryUser(async () => {
      const source = join(directory, 'own');
      mkdirSync(source);
      writeFileSync(join(source, 'secret'), 'x', { mode: 0 });
      const copying = copyFolder(
        { source, unfinished: join(directory, 'unfinished'), target: to(), check: () => {} },
        new AbortController().signal,
      );
      await expect(copying).rejects.toMatchObject({ retryable: false, message: /cannot read "secret"/ });
    });
    expect(existsSync(to())).toBe(false);
  });

  test('does not turn a file of another user with special rights into one of the server', async () => {
    const program = from('program');
    writeFileSync(program, '');
    chmodSync(program, 0o4755);
    if (process.getuid?.() === 0)
      execFileSync('sh', ['-c', `chown 65534:65534 "${program}"; chmod 4755 "${program}"`]);
    await copy();
    const { uid, mode } = statSync(to('program'));
    expect(uid).toBe(statSync(program).uid);
    expect(mode & 0o7777).toBe(0o4755);
  });

  test('ends soon when it is aborted inside a large file, and leaves neither files nor descriptors', async () => {
    writeFileSync(from('large'), Buffer.alloc(64 * mb, 'x'));
    const before = openDescriptors();
    const controller = new AbortController();
    const copying = copy(controller.signal);
    while (!existsSync(join(directory, 'unfinished', 'large'))) await new Promise(setImmediate);
    controller.abort(new Error('aborted'));
    await expect(copying).rejects.toThrow('aborted');
    expect(readdirSync(directory)).toEqual(['from']);
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test('checks the size before it copies anything', async () => {
    writeFileSync(from('file'), 'x');
    const check = () => {
      throw new Error('too large');
    };
    await expect(copy(undefined, check)).rejects.toThrow('too large');
    expect(readdirSync(directory)).toEqual(['from']);
  });
});

test('without cp of GNU, a copy keeps holes too', async () => {
  writeSparse(from('file'), 5 * mb + 1, [mb, 4 * mb]);
  const [source, target] = [await open(from('file')), await open(join(directory, 'copy'), 'wx')];
  await copyPieces(source, target, true, new AbortController().signal);
  await Promise.all([source.close(), target.close()]);
  expect(readFileSync(join(directory, 'copy')).equals(readFileSync(from('file')))).toBe(true);
  expect(diskBytes(join(directory, 'copy'))).toBeLessThan(mb);
});

test('holes do not count against the disk, and a file with several names counts once', async () => {
  writeFileSync(from('file'), Buffer.alloc(3 * mb, 'x'));
  linkSync(from('file'), from('again'));
  writeSparse(from('sparse'), 1000 * mb, [5]);
  const size = await measureFolder(from());
  expect(() => mustFit(size, 4, 'The files', 'remove some')).not.toThrow();
  expect(() => mustFit(size, 3, 'The files', 'remove some')).toThrow(
    'The files take 4 MB, more than the 3 MB of resources.disk_mb; remove some.',
  );
});
