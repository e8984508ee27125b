import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followTokenFile, type TokenFile } from '../../../../src/cli/serve/token-file.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

const line = (text: string) => `${createHash('sha256').update(text).digest('hex')} team ${text}\n`;

let folder: string;
let path: string;
let clock: VirtualClock;
let file: TokenFile;
let loaded: (string | undefined)[][];
let problems: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-file-'));
  path = join(folder, 'tokens');
  writeFileSync(path, line('ada'));
  clock = virtualClock();
  loaded = [];
  problems = [];
  file = followTokenFile({
    path,
    clock,
    onTokens: (tokens) => void loaded.push(tokens.map(({ name }) => name)),
    onProblem: ({ message }) => void problems.push(message),
  });
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

test('a changed file is read once it stays the same, in place or replaced', async () => {
  await clock.advance(10_000);
  expect(loaded).toEqual([]);
  writeFileSync(path, line('ada') + line('bob'));
  await clock.advance(2_000);
  expect(loaded).toEqual([]);
  await clock.advance(2_000);
  expect(loaded).toEqual([['ada', 'bob']]);
  writeFileSync(`${path}.new`, line('eve'));
  renameSync(`${path}.new`, path);
  await clock.advance(4_000);
  expect(loaded).toEqual([['ada', 'bob'], ['eve']]);
  await clock.advance(60_000);
  expect([loaded.length, problems]).toEqual([2, []]);
});

test('a file that an editor removes for a moment, or writes in pieces, is read when it is complete', async () => {
  rmSync(path);
  await clock.advance(2_000);
  writeFileSync(path, '');
  await clock.advance(2_000);
  writeFileSync(path, line('bob').slice(0, 20));
  await clock.advance(2_000);
  writeFileSync(path, line('bob'));
  await clock.advance(2_000);
  expect([loaded, problems]).toEqual([[], []]);
  await clock.advance(2_000);
  expect([loaded, problems]).toEqual([[['bob']], []]);
});

test('a file that cannot be used keeps the tokens, with one message for each version', async () => {
  writeFileSync(path, `${line('bob')}nonsense\n`);
  await clock.advance(60_000);
  writeFileSync(path, '# nothing\n');
  await clock.advance(60_000);
  rmSync(path);
  await clock.advance(60_000);
  expect(loaded).toEqual([]);
  expect(problems).toEqual([
    expect.stringContaining(
      `The tokens stay as they are, because ${path} cannot be used: Line 2 of the tokens`,
    ),
    expect.stringContaining('The file has no token.'),
    expect.stringContaining('ENOENT'),
  ]);
  writeFileSync(path, line('eve'));
  await clock.advance(4_000);
  expect(loaded).toEqual([['eve']]);
});

test('a reload reads the file at once, also when it has not changed', async () => {
  file.reload();
  writeFileSync(path, line('bob'));
  file.reload();
  await clock.advance(60_000);
  expect(loaded).toEqual([['ada'], ['bob']]);
});
