import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createDataDir,
  launchServer,
  sleepersWith,
  uniqueSleep,
} from '../harness/integration/server-process.ts';

const onLinux = process.platform === 'linux';
/** A server that may open this many files. Node raises a soft limit to the hard one, so this sets both. */
const withLimit = (files: number) => [
  ...['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh'],
  ...[process.execPath, 'dist/cli.js'],
];

let dataDir: string;
let markers: string[];
let sockets: Socket[];

beforeEach(async () => {
  dataDir = await createDataDir();
  markers = [];
  sockets = [];
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const pid of markers.flatMap(sleepersWith)) process.kill(pid, 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

/** Opens connections that send nothing, as clients with a pool do. */
async function openIdle(url: string, count: number): Promise<void> {
  const { hostname, port } = new URL(url);
  for (let index = 0; index < count; index += 1) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    sockets.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  }
}

async function call(url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', connection: 'close' },
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

const statusOf = async (url: string, id: string) => (await call(url, 'GET', `/sandboxes/${id}`)).json.status;

async function create(url: string, name: string): Promise<{ id: string; marker: string }> {
  const { entrypoint, marker } = uniqueSleep();
  markers.push(marker);
  const { json } = await call(url, 'POST', '/sandboxes', { name, entrypoint });
  await expect.poll(() => statusOf(url, json.sandbox_id)).toBe('running');
  return { id: json.sandbox_id, marker };
}

describe.runIf(onLinux)('with few descriptors and many idle connections', () => {
  test('a restarted server keeps what runs and what is suspended', async () => {
    const before = launchServer({ dataDir });
    const firstUrl = await before.listening;
    const one = await create(firstUrl, 'one');
    const two = await create(firstUrl, 'two');
    const paused = await create(firstUrl, 'paused');
    await call(firstUrl, 'POST', `/sandboxes/${paused.id}/suspend`);
    await expect.poll(() => statusOf(firstUrl, paused.id)).toBe('suspended');
    await before.stop();

    const after = launchServer({ dataDir, program: withLimit(160) });
    const url = await after.listening;
    await openIdle(url, 400);
    // Two looks of the exit watcher and more.
    await sleep(2_000);
    for (const { marker } of [one, two, paused]) expect(sleepersWith(marker)).toHaveLength(1);
    expect(after.output()).toMatch(/At most \d+ connections: the limit of open files is 160/);
    expect(after.output()).toContain('Refused a connection');

    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusOf(url, one.id)).toBe('running');
    expect(await statusOf(url, two.id)).toBe('running');
    expect(await statusOf(url, paused.id)).toBe('suspended');
    await call(url, 'POST', `/sandboxes/${paused.id}/resume`);
    await expect.poll(() => statusOf(url, paused.id)).toBe('running');
    await after.stop();
  });
});
