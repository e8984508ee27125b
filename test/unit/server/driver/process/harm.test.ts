import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import type { Driver } from '../../../../../src/server/driver/driver.ts';
import { processDriver } from '../../../../../src/server/driver/process/index.ts';
import { patient } from '../../../../harness/shared/patient.ts';
import { asOrdinaryUser, bootJob, job, makeDeepFolders, openDescriptors } from './harmful.ts';

let directory: string;
let driver: Driver;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'harm-'));
  driver = processDriver(directory);
});

afterEach(async () => {
  await driver.release(job('a', 99));
  await driver.close();
  execFileSync('rm', ['-rf', directory]);
});

const sandbox = (...path: string[]) => join(directory, 'sandboxes', 'a', ...path);

describe('a release', () => {
  test('removes a program that has nested its folders deeper than a path can be long', async () => {
    await driver.boot(bootJob('exec sleep 100'));
    makeDeepFolders(sandbox('files', 'deep'), 2_500);
    await driver.release(job('a', 2));
    expect(['sandboxes', 'released'].flatMap((name) => readdirSync(join(directory, name)))).toEqual([]);
  });

  test('and a look, as an ordinary user, work although the program took the access to its folder away', async () => {
    chmodSync(directory, 0o777);
    await asOrdinaryUser(async () => {
      mkdirSync(sandbox('files'), { recursive: true });
      // Nothing has this number.
      writeFileSync(sandbox('process-1'), '4194305 1@never\n');
      chmodSync(sandbox('process-1'), 0);
      chmodSync(sandbox(), 0);
      expect(await driver.inventory()).toEqual([]);
      chmodSync(sandbox(), 0);
      expect(await driver.inspect?.('a')).toMatchObject({ state: 'exited' });
      chmodSync(sandbox(), 0);
      await driver.release(job('a', 2));
    });
    expect(existsSync(sandbox())).toBe(false);
  });
});

describe('a look', () => {
  test('does not wait for a pipe, and reads no folder, in the place of a process file', async () => {
    await driver.boot(bootJob('exec sleep 100'));
    rmSync(sandbox('process-1'));
    execFileSync('mkfifo', [sandbox('process-1')]);
    mkdirSync(sandbox('process-2'));
    const restarted = processDriver(directory);
    expect(await restarted.inventory()).toEqual([{ sandboxId: 'a', state: 'running' }]);
    await restarted.close();
  });
});

describe.skipIf(process.platform !== 'linux')(
  'a process that left its group and dropped its variables',
  () => {
    const free = 'env -i PATH="$PATH" setsid sh -c';
    const writePid = 'echo $$ >"$0"';

    async function pidIn(file: string): Promise<number> {
      await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n$/), patient);
      return Number(readFileSync(file, 'utf8'));
    }

    test.each([
      ['is found by its parent', `cd /; ${free} '${writePid}; sleep 99; :' FILE & wait`],
      ['is found by its folder, without a parent', `(${free} '${writePid}; sleep 99; :' FILE &); sleep 99`],
      [
        'is found with the processes that it has started, without a parent',
        `(${free} 'cd sub; (cd /; sh -c "echo \\$\\$ >FILE; sleep 99; :") & sleep 99' &); sleep 99`,
      ],
    ])('%s: paused, listed and killed', async (_, script) => {
      const file = sandbox('pid');
      mkdirSync(sandbox('files', 'sub'), { recursive: true });
      await driver.boot(bootJob(script.replaceAll('FILE', file)));
      const pid = await pidIn(file);
      await driver.suspend({ ...job('a', 2) });
      expect(stateOf(pid)).toBe('T');
      expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'paused' }]);
      await driver.resume(job('a', 3));
      expect(stateOf(pid)).not.toBe('T');
      await driver.release(job('a', 4));
      expect(['', 'Z']).toContain(stateOf(pid));
    });

    test('is not confused with a program of a user in the same folder', async () => {
      await driver.boot(bootJob('exec sleep 99'));
      const child = spawn('sleep', ['99'], { cwd: sandbox('files') });
      await driver.suspend(job('a', 2));
      await vi.waitFor(() => expect(stateOf(child.pid ?? 0)).toBe('S'), patient);
      await driver.release(job('a', 3));
      await vi.waitFor(() => expect(stateOf(child.pid ?? 0)).toBe('S'), patient);
      child.kill('SIGKILL');
    });
  },
);

/** The first letter of the state of a process, or an empty text. */
function stateOf(pid: number): string {
  try {
    return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

describe('the disk of a sandbox', () => {
  const withDisk = (diskMb: number) => {
    const { resources, ...rest } = defaultConfiguration;
    return { configuration: { ...rest, resources: { ...resources, diskMb } } };
  };

  test('is a limit for snapshots, and for what is restored from them', async () => {
    await driver.boot(bootJob('head -c 3000000 /dev/zero | tr "\\0" x >data; touch done; exec sleep 99'));
    await vi.waitFor(() => expect(existsSync(sandbox('files', 'done'))).toBe(true), patient);
    const snapshot = { snapshotId: 's', snapshotType: 'filesystem' as const };
    await expect(driver.snapshot({ ...job('a', 2), ...withDisk(2), ...snapshot })).rejects.toMatchObject({
      retryable: false,
      message:
        'The files of the sandbox take 3 MB, more than the 2 MB of resources.disk_mb; remove some and try again.',
    });
    expect(await driver.inspect?.('a')).toEqual({ state: 'running' });
    expect(await driver.snapshot({ ...job('a', 3), ...withDisk(3), ...snapshot })).toMatchObject({
      sizeBytes: 3_000_000,
    });
    const boot = bootJob('sleep 99', { snapshotId: 's', snapshotType: 'filesystem' });
    const resources = { ...boot.configuration.resources, diskMb: 2 };
    const small = { ...boot, sandboxId: 'b', configuration: { ...boot.configuration, resources } };
    await expect(driver.boot(small)).rejects.toMatchObject({ retryable: false, message: /larger disk/ });
    await driver.release(job('b', 2));
  });
});

test('1,000 operations leave no descriptor open', async () => {
  const snapshot = { snapshotId: 's', snapshotType: 'filesystem' as const };
  const round = async (sandboxId: string) => {
    await driver.boot({ ...bootJob('echo hello; exec sleep 99'), sandboxId });
    await driver.suspend(job(sandboxId, 2));
    await driver.snapshot({ ...job(sandboxId, 3), ...snapshot });
    await driver.resume(job(sandboxId, 4));
    await driver.deleteSnapshot('s');
    await driver.boot({ ...bootJob('exec no-such-program'), sandboxId: 'broken' }).catch(() => {});
    await driver.release(job('broken', 2));
    await driver.inspect?.(sandboxId);
    await driver.inventory();
    await driver.release(job(sandboxId, 5));
  };
  await round('first');
  const before = openDescriptors();
  for (let one = 0; one < 100; one++) await round(`round${one}`);
  expect(openDescriptors()).toBeLessThanOrEqual(before);
});
