import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createFakeClock, findFaketime } from '../harness/faults/fake-clock.ts';
import { createSmallDisk } from '../harness/faults/small-disk.ts';
import { orSkip } from '../harness/faults/tools.ts';
import {
  createDataDir,
  type RunningServer,
  type StartOptions,
  startServer,
} from '../harness/integration/server-process.ts';

const built = [process.execPath, resolve('dist/cli.js')];
const faketime = orSkip('clock steps', findFaketime());
const mebibyte = 1024 * 1024;
const probe = orSkip('a full disk', await createSmallDisk(mebibyte));
await probe?.remove();

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Starts a server, which ends with the test. */
async function started(options: StartOptions): Promise<RunningServer> {
  const server = await startServer(options);
  cleanUps.push(() => server.kill().catch(() => {}));
  return server;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests check the shape of a body.
type Body = any;

/** Sends a request. Returns the status, the code of an error and the body. */
async function call(url: string, method: string, body?: object) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  const content: Body = isJson ? JSON.parse(text) : text;
  return { status: response.status, code: response.headers.get('x-error-code'), body: content };
}

const read = async (url: string): Promise<Body> => (await call(url, 'GET')).body;
const statusIs = (url: string, status: string) =>
  expect.poll(async () => (await read(url)).status).toBe(status);
const causesOf = async (url: string): Promise<string[]> =>
  (await read(`${url}/history?limit=1000`)).history.map(({ event, cause }: Body) => `${event.type} ${cause}`);

/** Checks a data folder with the command. Throws when it finds a problem. */
function checkData(folder: string, prefix: readonly string[] = []): string {
  const [command = '', ...args] = [...prefix, ...built, 'check', folder];
  return execFileSync(command, args, { encoding: 'utf8' });
}

describe.skipIf(faketime === undefined)('a step of the wall clock of a server', () => {
  const hour = 3_600;

  test('ends no operation, no idle sandbox and no suspended one, and a step back leaves no limit too far ahead', async () => {
    const clock = createFakeClock(faketime?.library ?? '');
    cleanUps.push(clock.remove);
    const dataDir = await createDataDir();
    cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
    const server = await started({
      ...{ dataDir, program: [...clock.command, ...built] },
      args: ['--driver', 'simulated', '--latency', '4s'],
    });
    const sandboxes = `${server.url}/sandboxes`;
    const create = async (body: object) => (await call(sandboxes, 'POST', body)).body.sandbox_id as string;
    const limits = { idle_timeout_secs: hour, suspended_timeout_secs: hour };
    const [idle, suspended] = [
      await create({ name: 'idle', ...limits }),
      await create({ name: 'kept', ...limits }),
    ];
    for (const id of [idle, suspended]) await statusIs(`${sandboxes}/${id}`, 'running');
    await call(`${sandboxes}/${suspended}/suspend`, 'POST');
    await statusIs(`${sandboxes}/${suspended}`, 'suspended');

    const booting = await create({ name: 'booting' });
    clock.set(3 * hour);
    await expect.poll(() => causesOf(`${sandboxes}/${booting}`)).toContain('deadline.moved clock step');
    await statusIs(`${sandboxes}/${booting}`, 'running');
    await expect.poll(() => causesOf(`${sandboxes}/${idle}`)).toContain('keepalive clock step');
    expect((await read(`${sandboxes}/${idle}`)).status).toBe('running');
    expect((await read(`${sandboxes}/${suspended}`)).status).toBe('suspended');

    const ahead = await create({ name: 'ahead', timeout_secs: hour });
    await statusIs(`${sandboxes}/${ahead}`, 'running');
    clock.set(-3 * hour);
    await expect.poll(() => causesOf(`${sandboxes}/${ahead}`)).toContain('setTimeouts clock step');
    const { expires_at: expiresAt } = await read(`${sandboxes}/${ahead}`);
    // The clock of the server is three hours behind this one.
    expect(expiresAt).toBeLessThanOrEqual(Date.now() - 3 * hour * 1000 + hour * 1000);
    expect(await call(`${server.url}/readyz`, 'GET')).toMatchObject({ status: 200, body: 'ok' });
    const waited = await read(`${sandboxes}/${ahead}/wait?status=terminated&timeout=1`);
    expect(waited.outcome).toBe('timed_out');

    await server.stop();
    expect(checkData(dataDir)).toMatch(/^Sound/);
  }, 600_000);
});

describe.skipIf(probe === undefined)('a disk for data and log that is full', () => {
  test('costs commands a sentence, no answer and no data, and the server recovers when there is room', async () => {
    const disk = await createSmallDisk(12 * mebibyte);
    if ('skipped' in disk) throw new Error(disk.skipped);
    cleanUps.push(disk.remove);
    disk.fill('filler', 6 * mebibyte);
    const dataDir = `${disk.folder}/data`;
    const withLog = ['sh', '-c', `exec "$@" 2>>${disk.folder}/log`, 'sh'];
    const options = {
      ...{ dataDir, program: [...disk.command, ...withLog, ...built] },
      args: ['--driver', 'simulated', '--rate-limit', 'off'],
    };
    const server = await started(options);
    const sandboxes = (url: string) => `${url}/sandboxes`;
    const words = Array.from({ length: 500 }, (_, index) => `${index}`.padStart(100, 'x'));
    const create = () => call(sandboxes(server.url), 'POST', { entrypoint: words });

    const acknowledged: string[] = [];
    let refused: Awaited<ReturnType<typeof create>> | undefined;
    while (refused === undefined && acknowledged.length < 1_000) {
      const answer = await create();
      if (answer.status === 200) acknowledged.push(answer.body.sandbox_id);
      else refused = answer;
    }
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(refused).toMatchObject({ status: expect.toBeOneOf([500, 503]), code: expect.any(String) });
    await expect.poll(async () => (await call(`${server.url}/readyz`, 'GET')).status).toBe(503);
    for (const id of acknowledged)
      expect((await call(`${sandboxes(server.url)}/${id}`, 'GET')).status).toBe(200);

    disk.free('filler');
    await expect.poll(async () => (await call(`${server.url}/readyz`, 'GET')).status).toBe(200);
    const after = await create();
    expect(after.status).toBe(200);
    acknowledged.push(after.body.sandbox_id);

    await server.kill();
    const next = await started(options);
    for (const id of acknowledged)
      expect((await call(`${sandboxes(next.url)}/${id}`, 'GET')).status).toBe(200);
    await next.stop();
    expect(checkData(dataDir, disk.command)).toMatch(/^Sound/);
  }, 600_000);
});
