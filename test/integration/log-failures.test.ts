import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { createDataDir } from '../harness/integration/server-process.ts';

/** More lines than any buffer of the log and its pipe holds: each is some 250 bytes. */
const manyRequests = 8_000;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Starts a server whose standard error is `stderr`. Resolves once it listens. */
async function startWith(stderr: number | 'pipe'): Promise<{ child: ChildProcess; url: string }> {
  const dataDir = await createDataDir();
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
  const args = ['dist/cli.js', 'serve', '--port', '0', '--data', dataDir, '--driver', 'simulated'];
  const child = spawn(process.execPath, [...args, '--rate-limit', 'off'], {
    stdio: ['ignore', 'pipe', stderr],
  });
  cleanUps.push(() => child.kill('SIGKILL'));
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk;
    const [, url] = /Listening on (\S+)/.exec(text) ?? [];
    if (url !== undefined) return { child, url };
  }
  throw new Error(`The server ended: ${text}`);
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

/** The exit code after a signal; the signal's name when it did not end by itself. */
async function exitAfter(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code, by] = await exited;
  return code ?? by;
}

async function droppedLines(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^sandbox_lifecycle_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1]);
}

/** Sends requests until lines of the log have been dropped. */
async function expectAnswersAndDrops(url: string): Promise<void> {
  for (let sent = 0; sent < manyRequests; sent += 100) {
    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(`${url}/sandboxes`)));
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
  expect(await droppedLines(url)).toBeGreaterThan(0);
}

test.skipIf(!existsSync('/dev/full'))(
  'a full disk costs lines of the log, not answers and not the exit',
  { timeout: 300_000 },
  async () => {
    const full = openSync('/dev/full', 'w');
    cleanUps.push(() => closeSync(full));
    const { child, url } = await startWith(full);
    await expectAnswersAndDrops(url);
    expect(await exitAfter(child, 'SIGTERM')).toBe(0);
  },
);

test('a reader that does not read costs lines of the log, not answers and not the exit', {
  timeout: 300_000,
}, async () => {
  const { child, url } = await startWith('pipe');
  child.stderr?.pause();
  await expectAnswersAndDrops(url);
  expect(await exitAfter(child, 'SIGTERM')).toBe(0);
});

test('a closed pipe costs lines of the log, not answers and not the exit', {
  timeout: 300_000,
}, async () => {
  const { child, url } = await startWith('pipe');
  child.stderr?.destroy();
  child.stdout?.destroy();
  for (let sent = 0; sent < 20; sent++) expect(await statusOf(`${url}/sandboxes`)).toBe(200);
  expect(await droppedLines(url)).toBeGreaterThan(0);
  expect(await exitAfter(child, 'SIGINT')).toBe(0);
});
