import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { createDataDir, startServer } from './support/server.ts';

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
function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.on('close', (code) => resolve({ code, said }));
  });
}

test('says what it can do', async () => {
  const { code, said } = await run('--help');
  expect([code, said]).toEqual([0, expect.stringContaining('--port PORT')]);
});

test.each([
  [['fly'], 2, 'There is no command fly.'],
  [['serve', '--speed', '9'], 2, "Unknown option '--speed'"],
  [['serve', '--port', 'x'], 2, '--port x is no port.'],
  [['serve', '--driver', 'magic'], 2, '--driver magic is not there; there is process.'],
  [['serve', '--host', '0.0.0.0'], 2, '--host 0.0.0.0 can be reached from elsewhere; give --tokens'],
  [['serve', '--port', '1e3'], 2, '--port 1e3 is no port.'],
  [['serve', '--tokens', '/no/such/file'], 1, '--tokens /no/such/file cannot be used: ENOENT'],
  [['serve', '--data', cli], 1, `--data ${cli} cannot be made a folder: EEXIST`],
])('refuses %j with a sentence', async (args, code, sentence) => {
  const ended = await run(...args);
  expect([ended.code, ended.said]).toEqual([code, expect.stringContaining(sentence)]);
});

test('does not take another port than the one that was asked for', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const dataDir = await temporaryFolder();
  const { code, said } = await run('serve', '--port', String(port), '--data', dataDir);
  other.close();
  expect([code, said]).toEqual([1, expect.stringContaining(`Port ${port} is taken; give another one`)]);
});

test('ends on a signal although a connection is open and says nothing', async () => {
  const server = await startServer();
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1');
  // It may be reset rather than ended.
  silent.on('error', () => {});
  await once(silent, 'connect');
  await server.stop();
  silent.destroy();
});

test('does not share its data with a second server', async () => {
  const server = await startServer();
  const { code, said } = await run('serve', '--port', '0', '--data', server.dataDir);
  await server.stop();
  expect([code, said]).toEqual([1, expect.stringContaining('is in use by another server')]);
});

test('lets in who bears a token, and nobody else', async () => {
  const dataDir = await temporaryFolder();
  const tokens = join(dataDir, 'tokens');
  writeFileSync(tokens, `${createHash('sha256').update('open sesame').digest('hex')} caves\n`);
  const server = await startServer({ dataDir, args: ['--tokens', tokens] });
  const ask = (headers: Record<string, string>) => fetch(`${server.url}/sandboxes`, { headers });
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: 'Bearer open sesame' })).status).toBe(200);
  await server.stop();
});
