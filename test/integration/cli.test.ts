import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { SandboxPage } from '../../src/schema/http/responses.ts';
import { createDataDir, launchServer, startServer } from '../harness/integration/server-process.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function temporaryFolder(): Promise<string> {
  const folder = await createDataDir();
  folders.push(folder);
  return folder;
}

/** Runs the command to its end. */
function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code, output }));
  });
}

test.each([
  [['--help'], 'Usage: sandbox-lifecycle [options] [command]'],
  [['help'], 'Serve the HTTP API and the console'],
  [[], 'Usage: sandbox-lifecycle [options] [command]'],
  [['serve', '--help'], '--port <port>'],
  [['help', 'serve'], '--rate-limit <n[/burst]>'],
  [['inspect', '--help'], '--token-file <file>'],
  [['check', '-h'], '--sampled'],
  [['diagram', '--help'], 'svg, mermaid or json'],
  [['confirm-absences', '--help'], '--count <n>'],
  [['platform', '--help'], '--latency <time>'],
  [['--version'], JSON.parse(readFileSync('package.json', 'utf8')).version],
])('prints help: %j', async (args, words) => {
  const { code, output } = await run(...args);
  expect([code, output]).toEqual([0, expect.stringContaining(words)]);
});

test.each([
  [
    ['fly'],
    2,
    "Unknown command 'fly'. The commands are serve, check, inspect, diagram, backup, migrate, confirm-absences, orphans, hosts, platform.",
  ],
  [['serv'], 2, "Unknown command 'serv'. Did you mean serve?"],
  [['serve', '--flying', '9'], 2, 'Unknown option \'--flying\'.\n\nRun "sandbox-lifecycle serve --help"'],
  [['serve', '--prot', '9'], 2, "Unknown option '--prot'. Did you mean --port?"],
  [['serve', '--port', 'x'], 2, 'Invalid --port "x". Use a whole number from 0 to 65535.'],
  [['serve', '--port'], 2, "Option '--port <port>' argument missing."],
  [['check'], 2, "Missing required argument 'path'."],
  [['diagram', '--format', 'png'], 2, 'Unknown format "png". Use svg, mermaid or json.'],
  [
    ['serve', '--driver', 'magic'],
    2,
    'Unknown driver "magic". Use process, simulated, or the http URL of a platform.',
  ],
  [['serve', '--host', '0.0.0.0'], 2, 'Other machines can reach --host 0.0.0.0. Pass --tokens'],
  [['serve', '--port', '1e3'], 2, 'Invalid --port "1e3"'],
  [['serve', '--tokens', '/no/such/file'], 1, 'Cannot use --tokens /no/such/file: ENOENT'],
  [['serve', '--log-level', 'loud'], 2, 'Unknown log level "loud". Use trace,'],
  [['serve', '--data', cli], 1, `Cannot create the folder --data ${cli}: EEXIST`],
])('rejects %j with a sentence', async (args, code, sentence) => {
  const ended = await run(...args);
  expect([ended.code, ended.output]).toEqual([code, expect.stringContaining(sentence)]);
});

test('does not use another port than the chosen one', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const dataDir = await temporaryFolder();
  const { code, output } = await run('serve', '--port', String(port), '--data', dataDir);
  other.close();
  expect([code, output]).toEqual([1, expect.stringContaining(`Port ${port} is taken. Pass another one`)]);
});

test('stops on a signal despite an open, silent connection', async () => {
  const server = await startServer();
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1');
  // The server may reset it.
  silent.on('error', () => {});
  await once(silent, 'connect');
  await server.stop();
  silent.destroy();
});

test('rejects a data folder that another server uses', async () => {
  const server = await startServer();
  const { code, output } = await run('serve', '--port', '0', '--data', server.dataDir);
  await server.stop();
  expect([code, output]).toEqual([1, expect.stringContaining('is in use by another server')]);
});

test('accepts only requests with a token', async () => {
  const dataDir = await temporaryFolder();
  const tokens = join(dataDir, 'tokens');
  writeFileSync(tokens, `${createHash('sha256').update('open sesame').digest('hex')} caves\n`);
  const server = await startServer({ dataDir, args: ['--tokens', tokens] });
  const list = (headers: Record<string, string>) => fetch(`${server.url}/sandboxes`, { headers });
  expect((await list({})).status).toBe(401);
  expect((await list({ authorization: 'Bearer open sesame' })).status).toBe(200);
  await server.stop();
});

test('reads its options from the environment too', async () => {
  const program = ['env', 'SANDBOX_LIFECYCLE_PLAN_MAXIMUM=60', process.execPath, cli];
  const server = await startServer({ program });
  const create = (seconds: number) =>
    fetch(`${server.url}/sandboxes`, { method: 'POST', body: JSON.stringify({ timeout_secs: seconds }) });
  expect((await create(61)).status).toBe(400);
  await server.stop();
});

test('simulates operations with a latency', async () => {
  const server = await startServer({ args: ['--driver', 'simulated', '--latency', '300ms', '--seed', '7'] });
  const begin = performance.now();
  const made = await fetch(`${server.url}/sandboxes`, { method: 'POST', body: '{"name":"ada"}' });
  expect(await made.json()).toMatchObject({ status: 'pending' });
  const waited = await fetch(`${server.url}/sandboxes/ada/wait?status=running`);
  expect(await waited.json()).toMatchObject({ outcome: 'reached' });
  expect(performance.now() - begin).toBeGreaterThan(250);
  await server.stop();
});

test('simulates failures at the chosen rate', async () => {
  const server = await startServer({ args: ['--driver', 'simulated', '--failures', '1'] });
  const made = await fetch(`${server.url}/sandboxes`, { method: 'POST', body: '{}' });
  const { sandbox_id: id } = (await made.json()) as { sandbox_id: string };
  const waited = await fetch(`${server.url}/sandboxes/${id}/wait?status=terminated`);
  expect(await waited.json()).toMatchObject({ sandbox: { outcome: 'Failure(ContainerStartupFailed)' } });
  await server.stop();
});

test('prints text on the standard output, and JSON lines on the standard error', async () => {
  const server = launchServer({ dataDir: await temporaryFolder(), args: ['--driver', 'simulated'] });
  const url = await server.listening;
  await fetch(`${url}/sandboxes`, { method: 'POST', body: '{}', headers: { 'x-request-id': 'r1' } });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain(
    'sandbox_lifecycle_transitions_total{from="none",to="pending",event="created"} 1',
  );
  expect(metrics).toContain('process_resident_memory_bytes');
  for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs']) {
    expect((await fetch(url + path)).status).toBe(200);
  }
  await server.stop();
  const [text = '', log = ''] = server.output().split('--- stderr\n');
  expect(text).toMatch(/Listening on http:\/\/127\.0\.0\.1:\d+\n/);
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'request', route: '/sandboxes', status: 200, requestId: 'r1' }),
  );
});

test('ends its streams with a reason, and its waits with a response', async () => {
  const server = await startServer({ args: ['--driver', 'simulated', '--latency', '30s'] });
  await fetch(`${server.url}/sandboxes`, { method: 'POST', body: '{"name":"ada"}' });
  const stream = await fetch(`${server.url}/sandboxes/events`);
  const waiting = fetch(`${server.url}/sandboxes/ada/wait?status=running&timeout=60`);
  const streamed = stream.text();
  // Both are open before the signal.
  await expect
    .poll(async () => await (await fetch(`${server.url}/metrics`)).text())
    .toContain('event_streams_open 1');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await server.stop();
  expect(await streamed).toMatch(/event: closed\ndata: {"reason":"The server is stopping/);
  const { status, headers } = await waiting;
  expect([status, headers.get('retry-after')]).toEqual([503, '1']);
});

test('a restart ends what the simulated platform of the earlier server had', async () => {
  const dataDir = await temporaryFolder();
  const args = ['--driver', 'simulated'];
  const first = await startServer({ args, dataDir });
  const url = `${first.url}/sandboxes`;
  for (const name of ['ada', 'grace', 'mary'])
    await fetch(url, { method: 'POST', body: JSON.stringify({ name }) });
  await fetch(`${url}/mary/wait?status=running`);
  await first.stop();
  const second = await startServer({ args, dataDir });
  const list = async () => {
    const { sandboxes } = (await (await fetch(`${second.url}/sandboxes`)).json()) as SandboxPage;
    return sandboxes.map(({ outcome, error_details: details }) => [outcome, details?.message]);
  };
  const ended = ['Failure(ContainerCrashed)', 'The simulated platform ended with its server.'];
  await expect.poll(list, { timeout: 60_000 }).toEqual([ended, ended, ended]);
  await second.stop();
});

test('stops at once on a second signal', async () => {
  const server = launchServer({ dataDir: await temporaryFolder() });
  const silent = connect(Number(new URL(await server.listening).port), '127.0.0.1');
  silent.on('error', () => {});
  silent.write('POST /sandboxes HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n');
  await once(silent, 'connect');
  const ended = once(server.child, 'exit');
  server.child.kill('SIGINT');
  // The system may merge two signals at the same moment into one.
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.child.kill('SIGTERM');
  expect(await ended).toEqual([1, null]);
  silent.destroy();
});

test('keeps idle connections, and rejects a large request head', async () => {
  const server = await startServer({ args: ['--driver', 'simulated'] });
  const response = await fetch(`${server.url}/healthz`);
  expect(Number(/timeout=(\d+)/.exec(response.headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(90);
  const large = await fetch(`${server.url}/healthz`, { headers: { 'x-large': 'x'.repeat(20_000) } });
  expect(large.status).toBe(431);
  await server.stop();
});

test('limits the rate of requests', async () => {
  const server = await startServer({ args: ['--driver', 'simulated', '--rate-limit', '1/2'] });
  const statuses: number[] = [];
  for (let sent = 0; sent < 4; sent++) statuses.push((await fetch(`${server.url}/sandboxes`)).status);
  expect(statuses.slice(0, 2)).toEqual([200, 200]);
  expect(statuses).toContain(429);
  await server.stop();
});

test('a request with two Host headers is rejected, and the first one does not hide the second', async () => {
  const server = await startServer({ args: ['--driver', 'simulated'] });
  try {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`GET /sandboxes HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('The request has several Host headers; send one.');
  } finally {
    await server.stop();
  }
});
