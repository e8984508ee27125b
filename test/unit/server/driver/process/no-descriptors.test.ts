import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const driverUrl = new URL('../../../../../src/server/driver/process/index.ts', import.meta.url).href;
const configurationUrl = new URL('../../../../../src/server/configuration.ts', import.meta.url).href;

/** A server that uses up its descriptors, calls its driver and that of a restarted server, and frees them again. */
const program = (directory: string) => `
  import { closeSync, openSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { processDriver } from ${JSON.stringify(driverUrl)};
  import { defaultConfiguration as configuration } from ${JSON.stringify(configurationUrl)};

  const signal = new AbortController().signal;
  const job = (sandboxId, operation) => ({ sandboxId, operation, signal, deadline: Date.now() + 60_000,
    configuration, generation: 1, snapshotId: null, snapshotType: null, owner: null, progress: () => {} });
  const ends = [];
  const open = () => {
    const driver = processDriver(${JSON.stringify(directory)}, { watchIntervalMs: 10, signalLimitMs: 1_000 });
    driver.watch((end) => ends.push(end));
    return driver;
  };
  const records = [{ sandboxId: 'runs', incarnation: 1 }, { sandboxId: 'waits', incarnation: null }];
  const driver = open();
  await driver.boot(job('runs', 1));
  await driver.boot(job('waits', 1));
  await driver.suspend(job('waits', 2));
  const restarted = open();
  await restarted.adopt(records);

  const held = [];
  try {
    for (;;) held.push(openSync('/dev/null'));
  } catch {}
  const codes = [];
  const note = (call) => call.then(() => codes.push('resolved'), (error) => codes.push(error.code ?? error.message));
  for (const one of [driver, restarted, open()]) {
    await note(one.adopt(records));
    await note(one.inventory());
    await note(one.inspect('runs'));
    await note(one.suspend(job('runs', 2)));
    await note(one.resume(job('waits', 3)));
    await note(one.release(job('waits', 4)));
  }
  await note(driver.boot(job('new', 1)));
  await sleep(100);
  for (const descriptor of held) closeSync(descriptor);

  const reported = [...ends];
  const states = {};
  for (const id of ['runs', 'waits', 'new']) states[id] = (await restarted.inspect(id)).state;
  for (const id of ['runs', 'waits', 'new']) await restarted.release(job(id, 9));
  await driver.close();
  await restarted.close();
  console.log(JSON.stringify({ codes: [...new Set(codes)], calls: codes.length, states, ends: reported }));
  process.exit(0);`;

test.runIf(process.platform === 'linux')(
  'without free descriptors every look of the driver fails, and nothing ends',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'no-descriptors-'));
    try {
      const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program(directory)];
      const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n 160; exec "$@"', 'sh', ...node], {
        timeout: 60_000,
      });
      expect(JSON.parse(stdout)).toEqual({
        codes: ['EMFILE'],
        calls: 19,
        states: { runs: 'running', waits: 'paused', new: 'absent' },
        ends: [],
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
