import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { link, pack, root, unpack } from '../harness/integration/packed-package.ts';

let folder: string;

/** Both packages as npm would install them, in an empty folder. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-package-'));
  unpack(pack('.', folder), folder, 'sandbox-lifecycle');
  unpack(pack('packages/server', folder), folder, 'sandbox-lifecycle-server');
  for (const name of Object.keys(manifest().dependencies)) link(name, folder);
  mkdirSync(join(folder, 'node_modules/.bin'));
  const { bin } = manifest();
  symlinkSync(
    join('../sandbox-lifecycle-server', bin['sandbox-lifecycle-server']),
    join(folder, 'node_modules/.bin/sandbox-lifecycle-server'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = () =>
  JSON.parse(readFileSync(join(folder, 'node_modules/sandbox-lifecycle-server/package.json'), 'utf8'));

function start(...args: string[]) {
  const bin = join(folder, 'node_modules/.bin/sandbox-lifecycle-server');
  const cwd = mkdtempSync(join(folder, 'empty-'));
  const child = spawn(bin, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return { child, cwd, exited: once(child, 'exit'), output: () => output };
}

test('serves in an empty folder, and stops on SIGTERM', async () => {
  const { child, cwd, exited, output } = start();
  try {
    const listening = /^Listening on (http:\/\/127\.0\.0\.1:\d+)\n[\s\S]*\/inspect\n/m;
    await expect.poll(output, { timeout: 120_000 }).toMatch(listening);
    const url = listening.exec(output())?.[1];
    expect(await (await fetch(`${url}/sandboxes`)).json()).toMatchObject({ sandboxes: [] });
    const created = await fetch(`${url}/sandboxes`, { method: 'POST', body: '{}' });
    expect(created.status).toBe(200);
    expect((await fetch(`${url}/`)).headers.get('content-type')).toContain('text/html');
    const { sandbox_id: id } = (await created.json()) as { sandbox_id: string };
    expect((await fetch(`${url}/sandboxes/${id}`, { method: 'DELETE' })).ok).toBe(true);
    expect(readdirSync(cwd)).toEqual(['data']);
    expect(existsSync(join(cwd, 'data/sandboxes.db'))).toBe(true);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
});

test.each([
  [['--help'], 0, 'Usage: sandbox-lifecycle-server [options] [command]'],
  [['serve', '--help'], 0, 'Usage: sandbox-lifecycle-server serve [options]'],
  [['--version'], 0, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version],
  [['diagram', '--format', 'mermaid'], 0, 'stateDiagram-v2'],
  [
    ['--port', 'x'],
    2,
    'Invalid --port "x". Use a whole number from 0 to 65535.\n\nRun "sandbox-lifecycle-server serve',
  ],
])('has the commands of sandbox-lifecycle: %j', async (args, code, text) => {
  const { exited, output } = start(...args);
  expect([await exited, output()]).toEqual([[code, null], expect.stringContaining(text)]);
});

test('has no code but the line that runs the command, and its version', () => {
  expect(readdirSync(join(folder, 'node_modules/sandbox-lifecycle-server')).toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'bin.js',
    'package.json',
  ]);
  const { version, dependencies } = manifest();
  const main = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect([version, dependencies['sandbox-lifecycle']]).toEqual([main.version, main.version]);
  const { 'sandbox-lifecycle': _, ...packages } = dependencies;
  // The same ranges as the optional peers that it makes dependencies.
  for (const [name, range] of Object.entries(packages)) expect(main.peerDependencies[name]).toBe(range);
});
