import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startServer } from '../harness/integration/server-process.ts';

test('a sandbox on a served platform survives kill -9 of its server', async () => {
  const platform = spawn(process.execPath, ['dist/cli.js', 'platform', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface(platform.stdout), 'line');
    const args = ['--driver', /http:\S+/.exec(line)?.[0] ?? ''];
    const first = await startServer({ args });
    const created = await fetch(`${first.url}/sandboxes`, { method: 'POST', body: '{ "name": "my-env" }' });
    expect(created.status).toBe(200);
    await expect.poll(() => statusOf(first.url)).toBe('running');
    await first.kill();
    const second = await startServer({ args, dataDir: first.dataDir });
    expect(await statusOf(second.url)).toBe('running');
    await fetch(`${second.url}/sandboxes/my-env/suspend`, { method: 'POST' });
    await expect.poll(() => statusOf(second.url)).toBe('suspended');
    await second.stop();
  } finally {
    platform.kill();
    await once(platform, 'exit');
  }
});

async function statusOf(url: string): Promise<string> {
  const response = await fetch(`${url}/sandboxes/my-env`);
  return ((await response.json()) as { status: string }).status;
}
