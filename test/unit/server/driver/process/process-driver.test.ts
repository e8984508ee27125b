import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { lstat, mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import type {
  BootJob,
  Crash,
  Driver,
  Exit,
  ResumeJob,
  SnapshotJob,
} from '../../../../../src/server/driver/driver.ts';
import { type ProcessDriverOptions, processDriver } from '../../../../../src/server/driver/process/index.ts';
import { psTable } from '../../../../../src/server/driver/process/table/ps.ts';
import { systemTable } from '../../../../../src/server/driver/process/table/system.ts';
import { patient } from '../../../../harness/shared/patient.ts';

const onLinux = process.platform === 'linux';

let directory: string;
let drivers: Driver[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'process-driver-'));
  drivers = [];
});

afterEach(async () => {
  const cleaner = newDriver();
  const ids = ['sandboxes', 'released'].flatMap((folder) => names(join(directory, folder)));
  for (const id of ids) await cleaner.release(job(id.replace('sandbox-', ''), 99));
  await Promise.all(drivers.map((driver) => driver.close()));
  expect(processesOf(directory)).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

/** A driver on the test's folder. A second one is the driver of a restarted server. */
function newDriver(options: ProcessDriverOptions = {}): Driver & { crashes: (Crash | Exit)[] } {
  const driver = processDriver(directory, options);
  drivers.push(driver);
  const crashes: (Crash | Exit)[] = [];
  driver.watch((end) => crashes.push(end));
  return Object.assign(driver, { crashes });
}

function job(sandboxId: string, operation: number, signal = new AbortController().signal): ResumeJob {
  return {
    sandboxId,
    operation,
    deadline: Date.now() + 60_000,
    signal,
    configuration: defaultConfiguration,
    generation: 1,
  };
}

/** A boot as operation 1. A string is a script for `sh`. */
function bootJob(id: string, entrypoint: string | string[] | null, more: Partial<BootJob> = {}): BootJob {
  const plain = job(id, 1);
  const command = typeof entrypoint === 'string' ? ['sh', '-c', entrypoint] : entrypoint;
  const configuration = { ...plain.configuration, entrypoint: command };
  return {
    ...plain,
    configuration,
    snapshotId: null,
    snapshotType: null,
    owner: null,
    progress: () => {},
    ...more,
  };
}

function snapshotJob(id: string, operation: number, snapshotId: string, signal?: AbortSignal): SnapshotJob {
  return { ...job(id, operation, signal), snapshotId, snapshotType: 'filesystem' };
}

const files = (id: string, ...path: string[]) => join(directory, 'sandboxes', id, 'files', ...path);
const processFile = (id: string) => join(directory, 'sandboxes', id, 'process-1');
const pidOf = (id: string) => Number(readFileSync(processFile(id), 'utf8').split(' ')[0]);
const isThere = (pid: number) => !['', 'Z'].includes(stateOf(pid));

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The first letter of a process's state, or an empty text. */
function stateOf(pid: number): string {
  if (!onLinux) return ps('-o', 'stat=', '-p', String(pid)).trim().slice(0, 1);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
  } catch {
    return '';
  }
}

function ps(...parameters: string[]): string {
  try {
    return execFileSync('ps', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** The processes that were started in a folder, by their variables. Linux only. */
function processesOf(folder: string): number[] {
  if (!onLinux) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${folder}`);
    } catch {
      return false;
    }
  });
}

const grows = (file: string) => vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(0), patient);

/** A script that waits for `go`, so that it never ends before its boot has resolved. */
const exitOnGo = (code: number) => `until [ -e go ]; do sleep 0.01; done; exit ${code}`;
const go = (id: string) => writeFileSync(files(id, 'go'), '');

/** The process id that a script has written to a file. */
async function pidIn(file: string): Promise<number> {
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/\n$/), patient);
  return Number(readFileSync(file, 'utf8'));
}

/** Appends to a file in two processes, the second one a grandchild of the server. */
const writers = `
  (while :; do printf x >>grandchild; sleep 0.01; done) & echo $! >grandchild.pid
  while :; do printf x >>child; sleep 0.01; done`;

const sizes = (id: string) => [statSync(files(id, 'child')).size, statSync(files(id, 'grandchild')).size];

async function bootWriters(driver: Driver, id: string): Promise<{ child: number; grandchild: number }> {
  await driver.boot(bootJob(id, writers));
  await grows(files(id, 'child'));
  await grows(files(id, 'grandchild'));
  return { child: pidOf(id), grandchild: await pidIn(files(id, 'grandchild.pid')) };
}

async function expectStill(id: string): Promise<void> {
  const before = sizes(id);
  await sleep(60);
  expect(sizes(id)).toEqual(before);
}

async function expectRunning(id: string): Promise<void> {
  const [child = 0, grandchild = 0] = sizes(id);
  await vi.waitFor(() => {
    expect(sizes(id)[0]).toBeGreaterThan(child);
    expect(sizes(id)[1]).toBeGreaterThan(grandchild);
  }, patient);
}

describe('boot', () => {
  test('runs the entrypoint in its own folder, and writes its output to a file', async () => {
    await newDriver().boot(bootJob('a', 'echo out; echo err >&2; pwd >here; exec sleep 100'));
    await grows(files('a', 'here'));
    expect(readFileSync(files('a', 'here'), 'utf8').trim()).toMatch(/\/sandboxes\/a\/files$/);
    // A process of its own copies the output, so it can come later than the file.
    const output = join(directory, 'sandboxes/a/output.log');
    await vi.waitFor(() => expect(readFileSync(output, 'utf8')).toBe('out\nerr\n'), patient);
    expect(names(join(directory, 'sandboxes/a')).sort()).toEqual(['files', 'output.log', 'process-1']);
  });

  test('gives the process no variable of the server, an empty input, and no other descriptor', async () => {
    vi.stubEnv('DATABASE_PASSWORD', 'a secret');
    await newDriver().boot(
      bootJob('a', 'env >env; cat >in; ls /proc/self/fd >fds 2>&1; echo >end; exec sleep 100'),
    );
    vi.unstubAllEnvs();
    await grows(files('a', 'end'));
    const variables = readFileSync(files('a', 'env'), 'utf8');
    // The shell itself sets the last three.
    const given = variables.split('\n').flatMap((line) => line.split('=')[0] || []);
    expect(given.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'SANDBOX_ID',
    ]);
    expect(variables).toContain(`HOME=${files('a')}\n`);
    expect(variables).toContain('SANDBOX_ID=a\n');
    expect(readFileSync(files('a', 'in'), 'utf8')).toBe('');
    // Any child has the three, the one that lists them, and those that the tests themselves were started with.
    if (onLinux) {
      const any = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' });
      expect(readFileSync(files('a', 'fds'), 'utf8')).toBe(any);
    }
  });

  test('runs an idle process without an entrypoint', async () => {
    await newDriver().boot(bootJob('a', null));
    expect(isThere(pidOf('a'))).toBe(true);
  });

  test('passes each word of the entrypoint unchanged', async () => {
    const words = ['two words', '$HOME', '', "it's", '*', '-n'];
    await newDriver().boot(
      bootJob('a', ['sh', '-c', 'printf "<%s>" "$@" >words; exec sleep 100', 'sh', ...words]),
    );
    await grows(files('a', 'words'));
    expect(readFileSync(files('a', 'words'), 'utf8')).toBe("<two words><$HOME><><it's><*><-n>");
  });

  test('starts one process when the same job is repeated, at once or later, by this driver or another', async () => {
    const [one, other] = [newDriver(), newDriver()];
    const again = () => bootJob('a', 'echo x >>starts; exec sleep 100');
    await Promise.all([one.boot(again()), one.boot(again()), other.boot(again()), other.boot(again())]);
    await one.boot(again());
    await newDriver().boot(again());
    await grows(files('a', 'starts'));
    await sleep(50);
    expect(readFileSync(files('a', 'starts'), 'utf8')).toBe('x\n');
    if (onLinux) expect(processesOf(files('a'))).toEqual([pidOf('a')]);
  });

  test('fails permanently when the process of the same job has exited', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', exitOnGo(3)));
    go('a');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    await expect(driver.boot(bootJob('a', null))).rejects.toMatchObject({
      retryable: false,
      message: 'its process started and has exited: exited with code 3',
    });
    await expect(newDriver().boot(bootJob('a', null))).rejects.toMatchObject({ retryable: false });
  });

  test('fails permanently, with a sentence, when the entrypoint does not exist', async () => {
    const driver = newDriver();
    for (const [name, sentence] of [
      ['no-such-command', 'The entrypoint "no-such-command" was not found in PATH; use a command that is'],
      ['./no-such-file', 'The entrypoint "./no-such-file" is not a program in the sandbox\'s files; use an'],
      ['cd', 'The entrypoint "cd" was not found in PATH'],
      ['nul\0', 'The entrypoint contains a NUL character'],
    ] as const) {
      // Some systems have a program with the name of this shell built-in.
      if (name === 'cd' && existsSync('/usr/bin/cd')) continue;
      const failure = await driver.boot(bootJob('a', [name])).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'DriverError', retryable: false });
      expect(String(failure)).toContain(sentence);
    }
    const long = ['true', 'x'.repeat(8 * 1024 * 1024)];
    await expect(driver.boot(bootJob('a', long))).rejects.toMatchObject({ retryable: false });
    expect(existsSync(processFile('a'))).toBe(false);
  });

  test('leaves no process when it is aborted at any time', async () => {
    const driver = newDriver();
    for (const delayMs of [0, 1, 2, 4, 8]) {
      const controller = new AbortController();
      const id = `a${delayMs}`;
      const boot = driver.boot(bootJob(id, 'exec sleep 100', { signal: controller.signal }));
      const result = boot.then(
        () => 'booted',
        () => 'aborted',
      );
      if (delayMs > 0) await sleep(delayMs);
      controller.abort();
      if ((await result) === 'booted') continue;
      expect(processesOf(files(id))).toEqual([]);
      expect(existsSync(processFile(id))).toBe(false);
      // The state is as before, so the same job still succeeds.
      await driver.boot(bootJob(id, 'exec sleep 100'));
      expect(isThere(pidOf(id))).toBe(true);
    }
    const late = bootJob('late', null, { signal: AbortSignal.abort() });
    await expect(driver.boot(late)).rejects.toThrow();
    expect(existsSync(join(directory, 'sandboxes/late'))).toBe(false);
  });
});

describe('a crash', () => {
  test('names the incarnation and how the process ended', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', exitOnGo(3)));
    go('a');
    await driver.boot(bootJob('b', null));
    process.kill(pidOf('b'), 'SIGKILL');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(2), patient);
    expect(driver.crashes).toContainEqual({
      sandboxId: 'a',
      incarnation: 1,
      exitCode: 3,
      reason: 'exited with code 3',
    });
    expect(driver.crashes).toContainEqual({ sandboxId: 'b', incarnation: 1, reason: 'killed by SIGKILL' });
  });

  test('kills the processes that the process had started', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', `sleep 100 & echo $! >pid; ${exitOnGo(0)}`));
    go('a');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    const left = await pidIn(files('a', 'pid'));
    await vi.waitFor(() => expect(isThere(left)).toBe(false), patient);
  });

  test('is kept for the first watcher, and not reported to one that has stopped', async () => {
    const driver = processDriver(directory);
    drivers.push(driver);
    await driver.boot(bootJob('a', 'exit 4')).catch(() => {});
    await driver.boot(bootJob('b', exitOnGo(4)));
    go('b');
    await vi.waitFor(() => expect(isThere(pidOf('b'))).toBe(false), patient);
    await sleep(10);
    const [first, stopped] = [vi.fn(), vi.fn()];
    driver.watch(stopped)();
    driver.watch(first);
    await vi.waitFor(
      () => expect(first).toHaveBeenCalledWith(expect.objectContaining({ sandboxId: 'b' })),
      patient,
    );
    expect(stopped).not.toHaveBeenCalled();
  });

  test('is never reported before the boot resolves', async () => {
    const driver = newDriver();
    for (let round = 0; round < 5; round += 1) {
      const id = `a${round}`;
      const order: string[] = [];
      driver.watch(({ sandboxId }) => sandboxId === id && order.push('crashed'));
      const booted = await driver.boot(bootJob(id, ['true'])).then(
        () => order.push('completed') > 0,
        () => order.push('failed') > 0 && false,
      );
      if (booted) await vi.waitFor(() => expect(order).toHaveLength(2), patient);
      expect(order).toEqual(booted ? ['completed', 'crashed'] : ['failed']);
    }
  });

  test('has no exit code when the server did not start the process itself', async () => {
    await leaveBehind('a', 'read -r _ <go; exit 0', 'mkfifo go');
    const driver = newDriver({ watchIntervalMs: 5 });
    await driver.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    writeFileSync(files('a', 'go'), '\n');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    expect(driver.crashes).toEqual([{ sandboxId: 'a', incarnation: 1, reason: 'its process has exited' }]);
  });
});

describe('an exit', () => {
  test.each([0, 1, 255])('with code %i is reported with its code', async (code) => {
    const driver = newDriver();
    await driver.boot(bootJob('a', exitOnGo(code)));
    go('a');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    const reason = `exited with code ${code}`;
    expect(driver.crashes).toEqual([{ sandboxId: 'a', incarnation: 1, exitCode: code, reason }]);
    expect(await driver.inspect?.('a')).toEqual({ state: 'exited', exitCode: code, reason });
  });

  test('names the incarnation of the latest resume', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', exitOnGo(5)));
    await driver.suspend(job('a', 2));
    await driver.resume(job('a', 3));
    go('a');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    expect(driver.crashes).toMatchObject([{ incarnation: 3, exitCode: 5 }]);
  });

  test('with code 0 as soon as the process has started does not fail the boot, nor a repeated one', async () => {
    for (let round = 0; round < 8; round += 1) {
      const driver = newDriver();
      const id = `a${round}`;
      const order: string[] = [];
      driver.watch((end) => order.push(`exited ${'exitCode' in end ? end.exitCode : 'without a code'}`));
      await driver.boot(bootJob(id, ['true'])).then(() => order.push('booted'));
      await vi.waitFor(() => expect(order).toEqual(['booted', 'exited 0']), patient);
      await driver.boot(bootJob(id, ['true']));
      await vi.waitFor(() => expect(order).toEqual(['booted', 'exited 0', 'exited 0']), patient);
      await expect(driver.suspend(job(id, 2))).rejects.toMatchObject({ retryable: false });
    }
  });

  test('kills what the process had started', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', 'sleep 100 & echo $! >pid; exit 0'));
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    const left = await pidIn(files('a', 'pid'));
    await vi.waitFor(() => expect(isThere(left)).toBe(false), patient);
  });
});

describe('inspect', () => {
  test('distinguishes what runs, is paused, has exited, and was never there', async () => {
    const driver = newDriver();
    for (const id of ['a', 'b', 'c', 'd']) await driver.boot(bootJob(id, null));
    await driver.suspend(job('b', 2));
    process.kill(pidOf('c'), 'SIGKILL');
    await driver.release(job('d', 2));
    await vi.waitFor(async () => expect((await driver.inspect?.('c'))?.state).toBe('exited'), patient);
    const same = async (one: Driver, reason: string) => {
      expect(await one.inspect?.('a')).toEqual({ state: 'running' });
      expect(await one.inspect?.('b')).toEqual({ state: 'paused' });
      expect(await one.inspect?.('c')).toEqual({ state: 'exited', exitCode: null, reason });
      expect(await one.inspect?.('d')).toEqual({ state: 'absent' });
      expect(await one.inspect?.('never')).toEqual({ state: 'absent' });
    };
    await same(driver, 'killed by SIGKILL');
    // The driver of a restarted server, which has not adopted anything.
    await same(newDriver(), 'its process has exited');
  });

  test('is not misled by a boot that is being called off', async () => {
    const driver = newDriver();
    const controller = new AbortController();
    const boot = driver.boot(bootJob('a', null, { signal: controller.signal })).catch(() => {});
    await vi.waitFor(() => expect(existsSync(processFile('a'))).toBe(true), patient);
    controller.abort();
    const states = new Set<string | undefined>();
    for (let look = 0; look < 20; look += 1) states.add((await driver.inspect?.('a'))?.state);
    await boot;
    expect([...states].filter((state) => state === 'exited')).toEqual([]);
  });

  test('shows a sandbox whose release was interrupted', async () => {
    await newDriver().boot(bootJob('a', null));
    mkdirSync(join(directory, 'released'), { recursive: true });
    renameSync(join(directory, 'sandboxes/a'), join(directory, 'released/sandbox-a'));
    expect(await newDriver().inspect?.('a')).toEqual({ state: 'running' });
  });

  test('does not take an interrupted start for an end', async () => {
    mkdirSync(files('a'), { recursive: true });
    writeFileSync(`${processFile('a')}.4000000`, '4000000 1@an-earlier-boot\n');
    expect(await newDriver().inspect?.('a')).toEqual({ state: 'absent' });
  });
});

describe('the owner of the folder', () => {
  test('is kept on the disk, and written once', async () => {
    const { ownership } = newDriver();
    expect(await ownership?.read()).toBe(null);
    await ownership?.write('database-1');
    await ownership?.write('database-1');
    expect(await newDriver().ownership?.read()).toBe('database-1');
    await expect(newDriver().ownership?.write('database-2')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await ownership?.read()).toBe('database-1');
    expect(names(directory)).toEqual(['owner']);
  });

  test('is not null when it cannot be read', async () => {
    mkdirSync(join(directory, 'owner'));
    await expect(newDriver().ownership?.read()).rejects.toMatchObject({ code: 'EISDIR' });
    await rm(join(directory, 'owner'), { recursive: true });
    writeFileSync(join(directory, 'owner'), '');
    await expect(newDriver().ownership?.read()).rejects.toThrow('is empty');
  });
});

describe('suspend and resume', () => {
  test('stop and continue the process and its children, as a new incarnation', async () => {
    const driver = newDriver();
    const { child, grandchild } = await bootWriters(driver, 'a');
    await driver.suspend(job('a', 2));
    expect([stateOf(child), stateOf(grandchild)]).toEqual(['T', 'T']);
    await expectStill('a');
    await driver.suspend(job('a', 2));

    await driver.resume(job('a', 3));
    await expectRunning('a');
    await driver.resume(job('a', 3));
    process.kill(child, 'SIGKILL');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    expect(driver.crashes).toEqual([{ sandboxId: 'a', incarnation: 3, reason: 'killed by SIGKILL' }]);
  });

  test.runIf(onLinux)('reach processes that created their own group or session', async () => {
    const driver = newDriver();
    await driver.boot(
      bootJob('a', 'set -m; sleep 100 & echo $! >one; setsid sh -c "echo \\$\\$ >two; exec sleep 100"'),
    );
    const pids = [await pidIn(files('a', 'one')), await pidIn(files('a', 'two'))];
    await driver.suspend(job('a', 2));
    expect(pids.map(stateOf)).toEqual(['T', 'T']);
    await driver.release(job('a', 3));
    expect(pids.map(isThere)).toEqual([false, false]);
  });

  test('fail permanently when the process has exited', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', null));
    await driver.suspend(job('a', 2));
    process.kill(pidOf('a'), 'SIGKILL');
    await vi.waitFor(() => expect(driver.crashes).toHaveLength(1), patient);
    const exited = { retryable: false, message: 'its process has exited: killed by SIGKILL' };
    await expect(driver.resume(job('a', 3))).rejects.toMatchObject(exited);
    await expect(driver.suspend(job('a', 4))).rejects.toMatchObject(exited);
    await expect(driver.suspend(job('never', 2))).rejects.toMatchObject({
      retryable: false,
      message: 'its process has exited',
    });
  });

  test('reject a stale operation', async () => {
    const driver = newDriver();
    await bootWriters(driver, 'a');
    await driver.suspend(job('a', 2));
    await driver.resume(job('a', 3));
    await expect(driver.suspend(job('a', 2))).rejects.toMatchObject({ retryable: false });
    await expectRunning('a');
  });

  test('leave the sandbox as it was when they are aborted', async () => {
    // A table that never reports a stopped process, so that the suspend is still waiting at the abort.
    const real = systemTable();
    const waiting = {
      ...real,
      all: async () => (await real.all()).map((seen) => ({ ...seen, state: 'running' as const })),
    };
    const driver = newDriver({ processes: waiting });
    const { child } = await bootWriters(driver, 'a');
    const controller = new AbortController();
    const suspend = driver.suspend(job('a', 2, controller.signal));
    await vi.waitFor(() => expect(stateOf(child)).toBe('T'), patient);
    controller.abort(new Error('aborted'));
    await expect(suspend).rejects.toThrow();
    await expectRunning('a');
  });

  test('leave the sandbox paused when a resume is aborted in progress', async () => {
    const driver = newDriver();
    await bootWriters(driver, 'a');
    await driver.suspend(job('a', 2));
    const controller = new AbortController();
    const resume = driver.resume(job('a', 3, controller.signal));
    await Promise.resolve();
    controller.abort(new Error('aborted'));
    await expect(resume).rejects.toThrow('aborted');
    await expectStill('a');
    await driver.resume(job('a', 4));
    await expectRunning('a');
  });

  test('fail when the processes do not stop in time, and let them run', async () => {
    const real = systemTable();
    const never = {
      ...real,
      all: async () => (await real.all()).map((seen) => ({ ...seen, state: 'running' as const })),
    };
    const driver = newDriver({ processes: never, signalLimitMs: 30 });
    await bootWriters(driver, 'a');
    await expect(driver.suspend(job('a', 2))).rejects.toMatchObject({
      retryable: true,
      message: 'its processes did not stop within 30 ms',
    });
    await expectRunning('a');
  });
});

describe('snapshot', () => {
  test('copies the files, continues the process, and can be booted', async () => {
    const driver = newDriver();
    await bootWriters(driver, 'a');
    mkdirSync(files('a', 'deep/er'), { recursive: true });
    writeFileSync(files('a', 'deep/er/data'), 'hello', { mode: 0o640 });
    writeFileSync(Buffer.concat([Buffer.from(`${files('a')}/`), Buffer.from([0x66, 0xff])]), '');
    await symlink('../elsewhere', files('a', 'link'));
    execFileSync('mkfifo', [files('a', 'fifo')]);

    const captured = await driver.snapshot(snapshotJob('a', 2, 's1'));
    await expectRunning('a');
    const copy = join(directory, 'snapshots/s1');
    expect(fileURLToPath(captured.uri ?? '')).toBe(copy);
    expect(readFileSync(join(copy, 'deep/er/data'), 'utf8')).toBe('hello');
    expect((await lstat(join(copy, 'deep/er/data'))).mode & 0o777).toBe(0o640);
    expect(await readlink(join(copy, 'link'))).toBe('../elsewhere');
    expect(names(copy)).not.toContain('fifo');
    expect(readdirSync(copy, { encoding: 'buffer' }).some((name) => name.includes(0xff))).toBe(true);
    const bytes = ['child', 'grandchild', 'grandchild.pid'].map((name) => statSync(join(copy, name)).size);
    expect(captured.sizeBytes).toBe(5 + bytes.reduce((sum, size) => sum + size));

    // The repeated snapshot is the same one, whatever has changed since.
    writeFileSync(files('a', 'later'), 'x');
    expect(await driver.snapshot(snapshotJob('a', 2, 's1'))).toEqual(captured);

    await driver.boot(bootJob('b', 'cat deep/er/data >seen; exec sleep 100', { snapshotId: 's1' }));
    await grows(files('b', 'seen'));
    expect(readFileSync(files('b', 'seen'), 'utf8')).toBe('hello');
    expect(names(files('b'))).not.toContain('later');
    const kept = ['files', 'output.log', 'process-1'];
    await vi.waitFor(() => expect(names(join(directory, 'sandboxes/b')).sort()).toEqual(kept), patient);
  });

  test('leaves no copy and a running process when it is aborted', async () => {
    const driver = newDriver();
    await bootWriters(driver, 'a');
    for (let file = 0; file < 200; file += 1) writeFileSync(files('a', `file${file}`), 'x');
    const controller = new AbortController();
    const snapshot = driver.snapshot(snapshotJob('a', 2, 's1', controller.signal));
    const unfinished = join(directory, 'sandboxes/a/snapshot-s1');
    await vi.waitFor(() => expect(existsSync(unfinished)).toBe(true), { ...patient, interval: 1 });
    controller.abort(new Error('aborted'));
    await expect(snapshot).rejects.toThrow('aborted');
    expect(existsSync(unfinished)).toBe(false);
    expect(existsSync(join(directory, 'snapshots/s1'))).toBe(false);
    await expectRunning('a');
  });

  test('of a suspended sandbox leaves it paused', async () => {
    const driver = newDriver();
    await bootWriters(driver, 'a');
    await driver.suspend(job('a', 2));
    await driver.snapshot(snapshotJob('a', 3, 's1'));
    await expectStill('a');
  });

  test('makes a boot fail permanently when it is missing or deleted', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', null));
    await driver.snapshot(snapshotJob('a', 2, 's1'));
    await driver.deleteSnapshot('s1');
    await driver.deleteSnapshot('s1');
    expect([...names(join(directory, 'snapshots')), ...names(join(directory, 'released'))]).toEqual([]);
    await expect(driver.boot(bootJob('b', null, { snapshotId: 's1' }))).rejects.toMatchObject({
      retryable: false,
      message: 'The snapshot s1 does not exist or was deleted.',
    });
  });
});

describe('deleteSnapshot', () => {
  const withSnapshot = async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', null));
    for (let file = 0; file < 500; file++) writeFileSync(files('a', `file${file}`), '');
    await driver.snapshot(snapshotJob('a', 2, 's1'));
    return driver;
  };

  test('resolves only when nothing is left, also beside another deletion', async () => {
    const driver = await withSnapshot();
    const left = () => [...names(join(directory, 'snapshots')), ...names(join(directory, 'released'))];
    const deletions = Array.from({ length: 3 }, () => driver.deleteSnapshot('s1').then(left));
    expect(await Promise.all(deletions)).toEqual([[], [], []]);
  });

  test('that was interrupted goes on at the first look of the next driver', async () => {
    await withSnapshot();
    mkdirSync(join(directory, 'released'), { recursive: true });
    renameSync(join(directory, 'snapshots/s1'), join(directory, 'released/snapshot-s1'));
    await newDriver().inventory();
    await vi.waitFor(() => expect(names(join(directory, 'released'))).toEqual([]), patient);
  });
});

describe('release', () => {
  test('kills the process and its children, removes the folder, and reports no crash', async () => {
    const driver = newDriver();
    const { child, grandchild } = await bootWriters(driver, 'a');
    await driver.release(job('a', 2));
    expect([isThere(child), isThere(grandchild)]).toEqual([false, false]);
    expect([...names(join(directory, 'sandboxes')), ...names(join(directory, 'released'))]).toEqual([]);
    await driver.release(job('a', 2));
    await driver.release(job('never', 2));
    await sleep(20);
    expect(driver.crashes).toEqual([]);
  });

  test('works on a suspended sandbox, and on a sandbox of another server', async () => {
    const driver = newDriver();
    const one = await bootWriters(driver, 'a');
    await driver.suspend(job('a', 2));
    await newDriver().release(job('a', 3));
    expect([isThere(one.child), isThere(one.grandchild)]).toEqual([false, false]);
  });

  test('removes files that the process made read-only', async () => {
    const driver = newDriver();
    await driver.boot(
      bootJob('a', 'mkdir -p cache/deep; echo x >cache/deep/file; chmod -R a-w .; exec sleep 100'),
    );
    await grows(files('a', 'cache/deep/file'));
    await driver.snapshot(snapshotJob('a', 2, 's1'));
    await driver.release(job('a', 3));
    await driver.deleteSnapshot('s1');
    expect([...names(join(directory, 'sandboxes')), ...names(join(directory, 'snapshots'))]).toEqual([]);
  });

  test('continues an interrupted release', async () => {
    const { child } = await bootWriters(newDriver(), 'a');
    mkdirSync(join(directory, 'released'), { recursive: true });
    execFileSync('mv', [join(directory, 'sandboxes/a'), join(directory, 'released/sandbox-a')]);
    await newDriver().release(job('a', 2));
    expect(isThere(child)).toBe(false);
    expect(names(join(directory, 'released'))).toEqual([]);
  });

  test('waits for an aborted boot, which then starts nothing', async () => {
    const driver = newDriver();
    const controller = new AbortController();
    const boot = driver.boot(bootJob('a', writers, { signal: controller.signal }));
    const late = driver.boot(bootJob('a', writers, { signal: controller.signal }));
    controller.abort();
    const release = driver.release(job('a', 2));
    expect((await Promise.allSettled([boot, late])).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ]);
    await release;
    expect(existsSync(join(directory, 'sandboxes/a'))).toBe(false);
    expect(processesOf(files('a'))).toEqual([]);
  });

  test('is not undone by a later boot', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', null));
    await driver.release(job('a', 2));
    const rejected = { retryable: false, message: 'The sandbox a has already been released.' };
    await expect(driver.boot(bootJob('a', null))).rejects.toMatchObject(rejected);
    expect(names(join(directory, 'sandboxes'))).toEqual([]);
    await driver.release(job('b', 2));
    await expect(driver.boot(bootJob('b', null))).rejects.toMatchObject({ retryable: false });
    await driver.boot(bootJob('b', null, { operation: 3 }));
  });

  test.runIf(onLinux)('kills processes that outlived their leader while the server was down', async () => {
    await leaveBehind('a', `${writers} & wait`);
    await grows(files('a', 'grandchild'));
    const grandchild = await pidIn(files('a', 'grandchild.pid'));
    process.kill(pidOf('a'), 'SIGKILL');
    expect(isThere(grandchild)).toBe(true);
    await newDriver().release(job('a', 2));
    expect(isThere(grandchild)).toBe(false);
  });
});

describe('the release of a sandbox without a record', () => {
  const orphan = (sandboxId: string) => ({
    sandboxId,
    operation: 0,
    signal: new AbortController().signal,
  });
  const asideNames = () => names(join(directory, 'set-aside'));

  test('sets its folder aside, from which it can be moved back', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a', 'echo precious >data; exec sleep 100'));
    await grows(files('a', 'data'));
    await driver.release(orphan('a'));
    expect(names(join(directory, 'sandboxes'))).toEqual([]);
    expect(await driver.inspect?.('a')).toEqual({ state: 'absent' });
    const [name = ''] = asideNames();
    expect(name).toMatch(/^a-\d{13}-/);
    expect(readFileSync(join(directory, 'set-aside', name, 'files/data'), 'utf8')).toBe('precious\n');
    await driver.release(orphan('a'));
    expect(asideNames()).toEqual([name]);
  });

  test('keeps each folder of an id that is released again', async () => {
    const driver = newDriver();
    for (const operation of [1, 2]) {
      await driver.boot(bootJob('a', null, { operation }));
      await driver.release(orphan('a'));
    }
    expect(asideNames()).toHaveLength(2);
  });

  test('removes the folder for good when it has expired, also after a restart', async () => {
    await newDriver().boot(bootJob('a', null));
    const kept = newDriver();
    await kept.release(orphan('a'));
    const week = 7 * 24 * 60 * 60 * 1000;
    for (const [name, age] of [
      ['old', week + 60_000],
      ['new', week - 60_000],
    ] as const)
      mkdirSync(join(directory, 'set-aside', `${name}-${Date.now() - age}-00000000`));
    mkdirSync(join(directory, 'set-aside/of-an-operator'));
    await newDriver().inventory();
    await vi.waitFor(
      () => expect(asideNames().filter((name) => name.startsWith('old'))).toEqual([]),
      patient,
    );
    expect(asideNames()).toHaveLength(3);
    await newDriver({ setAsideMs: 0 }).inventory();
    await vi.waitFor(() => expect(asideNames()).toEqual(['of-an-operator']), patient);
  });
});

describe('inventory', () => {
  const sorted = async (driver: Driver) =>
    [...(await driver.inventory())].sort((one, other) => one.sandboxId.localeCompare(other.sandboxId));

  test('shows running and paused sandboxes, and nothing in an empty folder', async () => {
    const driver = newDriver();
    expect(await driver.inventory()).toEqual([]);
    await bootWriters(driver, 'a');
    await driver.boot(bootJob('b', null));
    await driver.suspend(job('b', 2));
    const both = [
      { sandboxId: 'a', state: 'running' },
      { sandboxId: 'b', state: 'paused' },
    ];
    expect(await sorted(driver)).toEqual(both);
    expect(await sorted(newDriver())).toEqual(both);
    await driver.release(job('a', 3));
    expect(await driver.inventory()).toEqual(both.slice(1));
  });

  test('shows the real state of the processes, whatever the driver expects', async () => {
    const driver = newDriver();
    const { child, grandchild } = await bootWriters(driver, 'a');
    process.kill(child, 'SIGSTOP');
    await vi.waitFor(() => expect(stateOf(child)).toBe('T'), patient);
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'running' }]);
    process.kill(grandchild, 'SIGSTOP');
    // Processes that the two have just started may run for a moment.
    const paused = [{ sandboxId: 'a', state: 'paused' }];
    await vi.waitFor(async () => expect(await driver.inventory()).toEqual(paused), patient);
    await driver.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    await expectRunning('a');
  });

  test('after a restart, shows sandboxes without a record, which a release as operation 0 ends', async () => {
    await leaveBehind('a', writers);
    await grows(files('a', 'grandchild'));
    const [child, grandchild] = [pidOf('a'), await pidIn(files('a', 'grandchild.pid'))];
    const driver = newDriver();
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'running' }]);
    await driver.release({ sandboxId: 'a', operation: 0, signal: new AbortController().signal });
    expect([isThere(child), isThere(grandchild)]).toEqual([false, false]);
    expect(await driver.inventory()).toEqual([]);
    expect(names(join(directory, 'sandboxes'))).toEqual([]);
  });

  test('omits a folder whose process has exited, which a release still removes', async () => {
    const before = newDriver();
    await before.boot(bootJob('a', null));
    await before.close();
    process.kill(pidOf('a'), 'SIGKILL');
    await vi.waitFor(() => expect(isThere(pidOf('a'))).toBe(false), patient);
    const driver = newDriver();
    expect(await driver.inventory()).toEqual([]);
    expect(names(join(directory, 'sandboxes'))).toEqual(['a']);
    await driver.release({ sandboxId: 'a', operation: 0, signal: new AbortController().signal });
    expect(names(join(directory, 'sandboxes'))).toEqual([]);
  });

  test('ignores other folders, files, and other processes with an old pid', async () => {
    mkdirSync(join(directory, 'sandboxes/.Trash'), { recursive: true });
    mkdirSync(join(directory, 'sandboxes/UPPER'));
    mkdirSync(join(directory, 'released/snapshot-s'), { recursive: true });
    writeFileSync(join(directory, 'sandboxes/file'), '');
    mkdirSync(files('a'), { recursive: true });
    writeFileSync(processFile('a'), `${process.pid} 12345@another-start\n`);
    expect(await newDriver().inventory()).toEqual([]);
    for (const name of ['sandboxes', 'released']) await rm(join(directory, name), { recursive: true });
  });

  test('shows processes that an interrupted release has not killed', async () => {
    await bootWriters(newDriver(), 'a');
    mkdirSync(join(directory, 'released'), { recursive: true });
    execFileSync('mv', [join(directory, 'sandboxes/a'), join(directory, 'released/sandbox-a')]);
    const driver = newDriver();
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'running' }]);
    await driver.release(job('a', 2));
    expect(await driver.inventory()).toEqual([]);
  });

  test.runIf(onLinux)('shows processes that outlived their first process or their folder', async () => {
    await leaveBehind('a', `${writers} & wait`);
    await leaveBehind('b', writers);
    await grows(files('a', 'grandchild'));
    process.kill(pidOf('a'), 'SIGKILL');
    await rm(join(directory, 'sandboxes/b'), { recursive: true, force: true, maxRetries: 5 });
    const driver = newDriver();
    expect(await sorted(driver)).toEqual([
      { sandboxId: 'a', state: 'running' },
      { sandboxId: 'b', state: 'running' },
    ]);
    for (const id of ['a', 'b']) await driver.release(job(id, 2));
    expect(await driver.inventory()).toEqual([]);
  });
});

/** Boots a sandbox in another server, which then exits and leaves an orphan. */
async function leaveBehind(id: string, script: string, before = ''): Promise<void> {
  const boot = bootJob(id, before === '' ? script : `${before}; ${script}`);
  const source = `
    import { processDriver } from ${JSON.stringify(new URL('../../../../../src/server/driver/process/index.ts', import.meta.url).href)};
    const boot = ${JSON.stringify(boot)};
    const driver = processDriver(${JSON.stringify(directory)});
    driver.watch(() => {});
    await driver.boot({ ...boot, signal: new AbortController().signal, progress: () => {} });`;
  const server = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => server.once('exit', resolve));
  expect(code).toBe(0);
}

describe('after a restart', () => {
  /** A timer that fires only on demand. */
  function manualTime() {
    const callbacks = new Set<() => void>();
    const every = (_milliseconds: number, callback: () => void) => {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    };
    return { every, callbacks, tick: () => callbacks.forEach((callback) => void callback()) };
  }

  test('the process still runs, is found, and its end is noticed', async () => {
    await leaveBehind('a', writers);
    await grows(files('a', 'grandchild'));
    const time = manualTime();
    const driver = newDriver({ every: time.every });
    await driver.adopt([{ sandboxId: 'a', incarnation: 5 }]);
    await expectRunning('a');
    time.tick();
    await sleep(5);
    expect(driver.crashes).toEqual([]);

    process.kill(pidOf('a'), 'SIGKILL');
    await vi.waitFor(() => {
      time.tick();
      expect(driver.crashes).toEqual([{ sandboxId: 'a', incarnation: 5, reason: 'its process has exited' }]);
    }, patient);
    expect(time.callbacks.size).toBe(0);
  });

  test('it is paused or runs as the records say', async () => {
    const before = newDriver();
    await bootWriters(before, 'a');
    await bootWriters(before, 'b');
    await before.suspend(job('b', 2));
    await before.close();
    const driver = newDriver();
    await driver.adopt([
      { sandboxId: 'a', incarnation: null },
      { sandboxId: 'b', incarnation: 1 },
    ]);
    await expectStill('a');
    await expectRunning('b');
    await driver.resume(job('a', 3));
    await expectRunning('a');
  });

  test('a process that has exited is reported as a crash, also to a later watcher', async () => {
    const before = newDriver();
    await before.boot(bootJob('a', null));
    await before.close();
    process.kill(pidOf('a'), 'SIGKILL');
    await vi.waitFor(() => expect(isThere(pidOf('a'))).toBe(false), patient);
    const driver = processDriver(directory);
    drivers.push(driver);
    await driver.adopt([
      { sandboxId: 'a', incarnation: 3 },
      { sandboxId: 'lost', incarnation: 1 },
      { sandboxId: 'lostwhilepaused', incarnation: null },
    ]);
    const crashes: Crash[] = [];
    driver.watch((crash) => crashes.push(crash));
    await vi.waitFor(() => expect(crashes).toHaveLength(1), patient);
    await sleep(20);
    // The others have no process file: their absence proves nothing.
    expect(crashes).toEqual([{ sandboxId: 'a', incarnation: 3, reason: 'its process has exited' }]);
  });

  test('another process with the same pid counts as exited, and is never signalled', async () => {
    const stranger = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
    try {
      mkdirSync(files('a'), { recursive: true });
      writeFileSync(processFile('a'), `${stranger.pid} 12345@another-start\n`);
      const driver = newDriver();
      await driver.adopt([
        { sandboxId: 'a', incarnation: 1 },
        { sandboxId: 'a', incarnation: null },
      ]);
      expect(driver.crashes).toContainEqual({
        sandboxId: 'a',
        incarnation: 1,
        reason: 'its process has exited',
      });
      await expect(driver.boot(bootJob('a', null))).rejects.toMatchObject({ retryable: false });
      await expect(driver.suspend(job('a', 2))).rejects.toMatchObject({ retryable: false });
      await expect(driver.resume(job('a', 3))).rejects.toMatchObject({ retryable: false });
      await driver.release(job('a', 4));
      await sleep(20);
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
      await vi.waitFor(() => expect(stateOf(stranger.pid ?? 0)).toBe('S'), patient);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  test.each(['', '0 1\n', '1 1\n', '-1 1\n', 'x', '99999999999999999999 1\n', '12 34'])(
    'a process file that contains %j is ignored',
    async (text) => {
      mkdirSync(files('a'), { recursive: true });
      writeFileSync(processFile('a'), text);
      const driver = newDriver();
      await driver.adopt([{ sandboxId: 'a', incarnation: 1 }]);
      expect(driver.crashes).toEqual([]);
      expect(await driver.inspect?.('a')).toEqual({ state: 'absent' });
      await expect(driver.boot(bootJob('a', null))).rejects.toMatchObject({ retryable: false });
      await driver.release(job('a', 2));
    },
  );
});

describe('ids', () => {
  test.each(['', '.', '..', '../a', 'a/b', '/etc', 'a\0', 'A', 'a.b', 'a-b', 'a'.repeat(129), '__proto__'])(
    '%j is rejected',
    async (id) => {
      const driver = newDriver();
      const rejected = { name: 'DriverError', retryable: false };
      await expect(driver.boot(bootJob(id, null))).rejects.toMatchObject(rejected);
      await expect(driver.boot(bootJob('a', null, { snapshotId: id }))).rejects.toMatchObject(rejected);
      await expect(driver.suspend(job(id, 1))).rejects.toMatchObject(rejected);
      await expect(driver.resume(job(id, 1))).rejects.toMatchObject(rejected);
      await expect(driver.snapshot(snapshotJob(id, 1, 'a'))).rejects.toMatchObject(rejected);
      await expect(driver.snapshot(snapshotJob('a', 1, id))).rejects.toMatchObject(rejected);
      await expect(driver.release(job(id, 1))).rejects.toMatchObject(rejected);
      await expect(driver.deleteSnapshot(id)).rejects.toMatchObject(rejected);
      await expect(driver.adopt([{ sandboxId: id, incarnation: 1 }])).rejects.toMatchObject(rejected);
    },
  );

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'operation %s is rejected',
    async (operation) => {
      await expect(newDriver().boot(bootJob('a', null, { operation }))).rejects.toMatchObject({
        retryable: false,
      });
    },
  );
});

describe('close', () => {
  test('leaves the processes as they are, reports nothing more, and rejects new work', async () => {
    const driver = newDriver();
    await bootWriters(driver, 'a');
    await driver.close();
    await expectRunning('a');
    await expect(driver.suspend(job('a', 2))).rejects.toMatchObject({ retryable: true });
    process.kill(pidOf('a'), 'SIGKILL');
    await sleep(20);
    expect(driver.crashes).toEqual([]);
  });

  test('aborts the work in progress', async () => {
    const driver = newDriver();
    const boot = driver.boot(bootJob('a', writers)).catch(() => 'aborted');
    await driver.close();
    expect(await boot).toBe('aborted');
    expect(processesOf(files('a'))).toEqual([]);
    await newDriver().boot(bootJob('a', writers));
    await grows(files('a', 'child'));
  });
});

test.skipIf(onLinux && ps('-p', '1') === '')(
  'everything works with ps on a system without /proc',
  async () => {
    const options = { processes: psTable() };
    const driver = newDriver(options);
    const { child, grandchild } = await bootWriters(driver, 'a');
    await driver.suspend(job('a', 2));
    expect([stateOf(child), stateOf(grandchild)]).toEqual(['T', 'T']);
    const later = newDriver(options);
    await later.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    await expectRunning('a');
    expect(await later.inventory()).toEqual([{ sandboxId: 'a', state: 'running' }]);
    // The state after an interrupted release.
    mkdirSync(join(directory, 'released'), { recursive: true });
    renameSync(join(directory, 'sandboxes/a'), join(directory, 'released/sandbox-a'));
    expect(await later.inventory()).toEqual([{ sandboxId: 'a', state: 'running' }]);
    await later.release(job('a', 3));
    expect([isThere(child), isThere(grandchild)]).toEqual([false, false]);
  },
);
