import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import {
  type BootJob,
  type Crash,
  type Driver,
  DriverError,
  type Exit,
  type ResumeJob,
  type SnapshotJob,
} from '../../../../../src/server/driver/driver.ts';
import { type ProcessDriverOptions, processDriver } from '../../../../../src/server/driver/process/index.ts';
import { linuxTable, type ProcFiles } from '../../../../../src/server/driver/process/table/linux.ts';
import { psTable } from '../../../../../src/server/driver/process/table/ps.ts';
import { patient } from '../../../../harness/shared/patient.ts';

const onLinux = process.platform === 'linux';

/** Errors of a system that is out of descriptors or memory, or whose disk fails. None says anything about a process. */
const faults = ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EINTR', 'ETIMEDOUT'] as const;
const absences = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'] as const;

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: planted`), { code });
}

/** The real `/proc`, whose reads fail while `fault` returns a code for a path. */
function plantedFiles(fault: (path: string) => string | undefined): ProcFiles {
  const orFail = <T>(path: string, read: () => T): T => {
    const code = fault(path);
    if (code !== undefined) throw systemError(code);
    return read();
  };
  return {
    read: (path) => orFail(path, () => readFileSync(path, 'utf8')),
    list: (path) => orFail(path, () => readdirSync(path)),
    target: (path) => orFail(path, () => readlinkSync(path)),
  };
}

describe('a table that reads /proc', () => {
  /** A made-up `/proc`: this process, and a stopped process 7. */
  const stat = (pid: number, state: string) => `${pid} (a) ${state} 1 ${pid} ${pid}${' 0'.repeat(15)} 99 0`;
  const files: Record<string, string> = {
    '/proc/sys/kernel/random/boot_id': 'boot\n',
    [`/proc/${process.pid}/stat`]: stat(process.pid, 'S'),
    '/proc/7/stat': stat(7, 'T'),
    '/proc/7/task/7/stat': stat(7, 'T'),
    '/proc/7/environ': 'A=1\0',
  };
  const folders: Record<string, string[]> = {
    '/proc': ['7', String(process.pid), 'self'],
    '/proc/7/task': ['7'],
  };
  const links: Record<string, string> = { '/proc/7/cwd': '/folder (deleted)' };

  function table(broken: string, code: string) {
    const read = <T>(all: Record<string, T>, path: string): T => {
      const content = all[path];
      if (path === broken) throw systemError(code);
      if (content === undefined) throw systemError('ENOENT');
      return content;
    };
    return linuxTable({
      read: (path) => read(files, path),
      list: (path) => read(folders, path),
      target: (path) => read(links, path),
    });
  }

  test('reads what is there', async () => {
    const whose = { pid: 7, parent: 1, group: 7, session: 7, hasTerminal: false };
    const seen = { ...whose, state: 'stopped', start: '99@boot' };
    expect((await table('', '').look([7, 8])).get(7)).toEqual(seen);
    expect(await table('', '').all()).toContainEqual(seen);
    expect(table('', '').environment(7)).toBe('A=1\0');
    expect(table('', '').environment(8)).toBe(undefined);
    expect(table('', '').workingDirectory(7)).toBe('/folder');
    expect(table('', '').workingDirectory(8)).toBe(undefined);
  });

  describe.each(faults)('%s', (code) => {
    test.each(['/proc/7/stat', '/proc/7/task', '/proc/7/task/7/stat', '/proc/sys/kernel/random/boot_id'])(
      'of %s fails the look',
      async (path) => {
        await expect(table(path, code).look([7])).rejects.toMatchObject({ code });
        await expect(table(path, code).all()).rejects.toMatchObject({ code });
      },
    );

    test('of /proc or of the variables fails the look', async () => {
      await expect(table('/proc', code).all()).rejects.toMatchObject({ code });
      expect(() => table('/proc/7/environ', code).environment(7)).toThrow(code);
      expect(() => table('/proc/7/cwd', code).workingDirectory(7)).toThrow(code);
    });
  });

  test.each(absences)('%s is the absence of the process', async (code) => {
    expect([...(await table('/proc/7/stat', code).look([7]))]).toEqual([]);
    expect((await table('/proc/7/stat', code).all()).map(({ pid }) => pid)).toEqual([process.pid]);
    expect(table('/proc/7/environ', code).environment(7)).toBe(undefined);
  });

  test('a /proc without this process is not mounted, so that nothing is absent', async () => {
    await expect(table(`/proc/${process.pid}/stat`, 'ENOENT').look([7])).rejects.toThrow('mounted /proc');
    await expect(table('/proc', 'ENOENT').all()).rejects.toMatchObject({ code: 'ENOENT' });
    const empty = linuxTable({ read: () => '', list: () => [], target: () => '' });
    await expect(empty.all()).rejects.toThrow('mounted /proc');
  });
});

describe('a table that runs ps', () => {
  const line = (pid: number) => `${pid} 1 ${pid} S Thu Nov 26 14:40:27 2026`;

  test('rejects when ps fails or does not list this process', async () => {
    const failing = psTable(async () => Promise.reject(systemError('EMFILE')));
    await expect(failing.look([7])).rejects.toMatchObject({ code: 'EMFILE' });
    await expect(failing.all()).rejects.toMatchObject({ code: 'EMFILE' });
    const cut = psTable(async () => `${line(7)}\n`);
    await expect(cut.look([7])).rejects.toThrow('incomplete');
    await expect(cut.all()).rejects.toThrow('incomplete');
  });

  test('a process that ps omits is absent', async () => {
    const good = psTable(async () => `${line(7)}\n${line(process.pid)}\n`);
    expect([...(await good.look([7, 8])).keys()]).toEqual([7]);
  });
});

let directory: string;
let drivers: Driver[];
/** The fault of each read of `/proc`. */
let fault: (path: string) => string | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'failed-looks-'));
  drivers = [];
  fault = () => undefined;
});

afterEach(async () => {
  fault = () => undefined;
  const cleaner = newDriver();
  const folder = join(directory, 'sandboxes');
  for (const id of existsSync(folder) ? readdirSync(folder) : []) await cleaner.release(job(id, 99));
  for (const driver of drivers) await driver.close();
  rmSync(directory, { recursive: true });
});

function newDriver(options: ProcessDriverOptions = {}): Driver & { ends: (Crash | Exit)[] } {
  const driver = processDriver(directory, {
    processes: linuxTable(plantedFiles((path) => fault(path))),
    signalLimitMs: 500,
    ...options,
  });
  drivers.push(driver);
  const ends: (Crash | Exit)[] = [];
  driver.watch((end) => ends.push(end));
  return Object.assign(driver, { ends });
}

function job(sandboxId: string, operation: number, signal = new AbortController().signal): ResumeJob {
  const deadline = Date.now() + 60_000;
  return { sandboxId, operation, deadline, signal, configuration: defaultConfiguration, generation: 1 };
}

function bootJob(id: string, signal?: AbortSignal): BootJob {
  return {
    ...job(id, 1, signal),
    ...{ snapshotId: null, snapshotType: null, owner: null, progress: () => {} },
  };
}

function snapshotJob(id: string, operation: number): SnapshotJob {
  return { ...job(id, operation), snapshotId: 's', snapshotType: 'filesystem' };
}

const processFile = (id: string) => join(directory, 'sandboxes', id, 'process-1');
const pidOf = (id: string) => Number(readFileSync(processFile(id), 'utf8').split(' ')[0]);

/** Whether a process runs (S), is stopped (T), or does not exist (empty). */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = ''] = stat.slice(stat.lastIndexOf(')') + 2);
    return /[RSD]/.test(state) ? 'S' : state.replace('Z', '');
  } catch {
    return '';
  }
}

/** Asserts that a call fails so that the host retries it. */
async function expectRetry(call: Promise<unknown> | undefined): Promise<void> {
  const error = await Promise.resolve(call).then(
    () => 'resolved',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error instanceof DriverError && !error.retryable).toBe(false);
}

describe.runIf(onLinux)('when looks fail', () => {
  test.each(faults)('with %s, nothing ends, and everything works afterwards', async (code) => {
    const driver = newDriver();
    await driver.boot(bootJob('runs'));
    await driver.boot(bootJob('waits'));
    await driver.suspend(job('waits', 2));
    const [running, paused] = [pidOf('runs'), pidOf('waits')];
    const records = [
      { sandboxId: 'runs', incarnation: 1 },
      { sandboxId: 'waits', incarnation: null },
    ];
    const ticks = new Set<() => void>();
    const restarted = newDriver({
      every: (_, tick) => {
        ticks.add(tick);
        return () => void ticks.delete(tick);
      },
    });
    await restarted.adopt(records.slice(0, 1));

    fault = () => code;
    for (const one of [driver, restarted, newDriver()]) {
      await expectRetry(one.adopt(records));
      await expectRetry(one.inventory());
      await expectRetry(one.inspect?.('runs'));
      await expectRetry(one.inspect?.('waits'));
      await expectRetry(one.boot(bootJob('runs')));
      await expectRetry(one.suspend(job('runs', 2)));
      await expectRetry(one.resume(job('waits', 3)));
      await expectRetry(one.snapshot(snapshotJob('runs', 2)));
    }
    for (const tick of ticks) tick();
    await sleep(10);
    expect([stateOf(running), stateOf(paused)]).toEqual(['S', 'T']);
    for (const one of [driver, restarted]) await expectRetry(one.release(job('waits', 4)));
    expect([driver.ends, restarted.ends]).toEqual([[], []]);
    expect(stateOf(paused)).toBe('T');

    fault = () => undefined;
    await restarted.adopt(records.slice(0, 1));
    expect(await restarted.inspect?.('runs')).toEqual({ state: 'running' });
    await restarted.suspend(job('runs', 2));
    expect(await restarted.inspect?.('runs')).toEqual({ state: 'paused' });
    await restarted.release(job('waits', 4));
    expect(stateOf(paused)).toBe('');
  });

  test('an unreadable folder does not count as an empty one', async () => {
    const driver = newDriver();
    await driver.boot(bootJob('a'));
    const later = newDriver();
    // A link to itself in the place of the folder: the read fails with ELOOP.
    const [folder, moved] = [join(directory, 'sandboxes/a'), join(directory, 'moved')];
    renameSync(folder, moved);
    symlinkSync('a', folder);
    await expectRetry(later.adopt([{ sandboxId: 'a', incarnation: 1 }]));
    await expectRetry(later.inventory());
    await expectRetry(later.inspect?.('a'));
    await expectRetry(later.suspend(job('a', 2)));
    expect(later.ends).toEqual([]);
    rmSync(folder);
    renameSync(moved, folder);
    expect(stateOf(pidOf('a'))).toBe('S');
  });

  test.each([1, 2, 3, 4, 5])('after look %i of a suspend, the sandbox runs on', async (looks) => {
    const driver = newDriver();
    await driver.boot(bootJob('a'));
    const pid = pidOf('a');
    let seen = 0;
    fault = (path) => {
      // Each look at the table, or at the process, begins with one of these reads.
      if (path === '/proc' || path === `/proc/${process.pid}/stat`) seen += 1;
      return seen > looks ? 'EMFILE' : undefined;
    };
    const end = await driver.suspend(job('a', 2)).then(
      () => 'suspended',
      () => 'failed',
    );
    fault = () => undefined;
    await vi.waitFor(() => expect(stateOf(pid)).toBe(end === 'suspended' ? 'T' : 'S'), patient);
    expect(driver.ends).toEqual([]);
  });

  test.each([1, 2, 3, 4])('after look %i of a resume, the sandbox stays paused', async (looks) => {
    const driver = newDriver();
    await driver.boot(bootJob('a'));
    await driver.suspend(job('a', 2));
    const pid = pidOf('a');
    let seen = 0;
    fault = (path) => {
      if (path === '/proc' || path === `/proc/${process.pid}/stat`) seen += 1;
      return seen > looks ? 'EMFILE' : undefined;
    };
    const end = await driver.resume(job('a', 3)).then(
      () => 'resumed',
      () => 'failed',
    );
    fault = () => undefined;
    await vi.waitFor(() => expect(stateOf(pid)).toBe(end === 'resumed' ? 'S' : 'T'), patient);
  });

  test('a sandbox that was found paused is still paused for the next operation', async () => {
    const before = newDriver();
    await before.boot(bootJob('a'));
    await before.suspend(job('a', 2));
    const driver = newDriver();
    // The first look finds the process, the second one would show its state.
    fault = (path) => (path === '/proc' ? 'EMFILE' : undefined);
    await expectRetry(driver.snapshot(snapshotJob('a', 3)));
    fault = () => undefined;
    await driver.snapshot(snapshotJob('a', 3));
    expect(stateOf(pidOf('a'))).toBe('T');
  });
});

describe.runIf(onLinux)('a boot that is called off while looks fail', () => {
  /** Slows the start script down: before it publishes, after it has linked its file, after it has reported that. */
  const slow = {
    'before its process file': 'sleep 1',
    'between its process file and its message': 'ln() { command ln "$@"; sleep 1; }',
    'after its message': 'rm() { sleep 1; command rm "$@"; }',
  };

  test.each(Object.entries(slow))('%s leaves no process and no process file', async (_, script) => {
    const table = linuxTable(plantedFiles((path) => fault(path)));
    const driver = newDriver({ processes: { ...table, startScript: `${script}\n${table.startScript}` } });
    const controller = new AbortController();
    const boot = driver.boot(bootJob('a', controller.signal));
    boot.catch(() => {});
    await sleep(200);
    fault = () => 'EMFILE';
    controller.abort(new Error('called off'));
    await expect(boot).rejects.toThrow('called off');
    expect(readdirSync(join(directory, 'sandboxes/a')).filter((name) => name.startsWith('process'))).toEqual(
      [],
    );
    fault = () => undefined;
    const pids = (await table.all()).filter(({ pid }) => table.environment(pid)?.includes(directory));
    expect(pids).toEqual([]);
    await newDriver().boot(bootJob('a'));
    expect(stateOf(pidOf('a'))).toBe('S');
  });
});
