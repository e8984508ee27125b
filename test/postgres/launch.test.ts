import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const module = fileURLToPath(new URL('../harness/postgres/launch.ts', import.meta.url));
const script = `
  const server = await (await import(${JSON.stringify(module)})).launchPostgres();
  console.log(JSON.stringify(server));
  setInterval(() => {}, 1000);
`;

test.skipIf(process.env['SANDBOX_LIFECYCLE_TEST_POSTGRES'])(
  'the PostgreSQL of a test ends with it, also when it is killed',
  async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    const { url, folder, skipped } = JSON.parse(line) as { url: string; folder: string; skipped?: string };
    if (skipped !== undefined) return void child.kill();
    const port = Number(new URL(url).port);
    expect(await isOpen(port)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isOpen(port)).toBe(false);
    await expect.poll(() => existsSync(folder)).toBe(false);
  },
);

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
