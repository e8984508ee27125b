import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { isInCgroup, ownCgroup } from '../../../../../src/server/driver/process/cgroup.ts';
import { processDriver } from '../../../../../src/server/driver/process/index.ts';
import { patient } from '../../../../harness/shared/patient.ts';
import { bootJob, job } from './harmful.ts';

/** A group in which this test may create groups; undefined where the system does not let it. */
function testGroup(): string | undefined {
  for (const mount of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']) {
    const folder = join(mount, `sandbox-lifecycle-test-${process.pid}`);
    try {
      if (!existsSync(join(mount, 'cgroup.controllers'))) continue;
      mkdirSync(folder);
      return folder;
    } catch {
      // The next one, or none.
    }
  }
  return undefined;
}

const group = testGroup();

test.skipIf(group === undefined)(
  'a process without session, parent, variables and folder of the sandbox is found by its control group',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cgroup-'));
    const driver = processDriver(directory, { cgroup: group ?? null });
    const file = join(directory, 'pid');
    const stray = `env -i PATH="$PATH" setsid sh -c 'cd /; echo $$ >${file}; sleep 99; :'`;
    await driver.boot(bootJob(`(${stray} &); sleep 99`));
    await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n$/), patient);
    const pid = Number(readFileSync(file, 'utf8'));
    const state = () => {
      try {
        return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
      } catch {
        return undefined;
      }
    };
    await driver.suspend(job('a', 2));
    expect(state()).toBe('T');
    await driver.close();

    // The groups of an earlier server count also for one that creates none.
    const later = processDriver(directory, { cgroup: null });
    expect(await later.inventory()).toEqual([{ sandboxId: 'a', state: 'paused' }]);
    await later.close();
    const last = processDriver(directory, { cgroup: group ?? null });
    await last.release(job('a', 3));
    await last.close();
    expect([undefined, 'Z']).toContain(state());
    await vi.waitFor(() => rmdirSync(group ?? ''), patient);
    execFileSync('rm', ['-rf', directory]);
  },
);

test('a sandbox starts where no group can be created', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cgroup-'));
  writeFileSync(join(directory, 'file'), '');
  const driver = processDriver(directory, { cgroup: join(directory, 'file') });
  await driver.boot(bootJob('exec sleep 99'));
  expect(await driver.inspect?.('a')).toEqual({ state: 'running' });
  await driver.release(job('a', 2));
  await driver.close();
  execFileSync('rm', ['-rf', directory]);
});

test('the own group is used only when the user of the server may create groups in it', () => {
  const mount = mkdtempSync(join(tmpdir(), 'cgroup-'));
  const own = join(mount, 'service');
  mkdirSync(own);
  writeFileSync(join(own, 'cgroup.procs'), '');
  const read = (files: Record<string, string>) => (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT ${path}`);
    return text;
  };
  const mountinfo = `41 31 0:38 / ${mount} rw,relatime shared:9 - cgroup2 cgroup2 rw\n`;
  const files = {
    '/proc/self/cgroup': '9:name=systemd:/x\n0::/service\n',
    '/proc/self/mountinfo': mountinfo,
    [join(own, 'cgroup.type')]: 'domain\n',
  };
  expect(ownCgroup(read(files))).toBe(own);
  expect(ownCgroup(read({ ...files, '/proc/self/cgroup': '9:name=systemd:/x\n' }))).toBe(null);
  expect(ownCgroup(read({ ...files, '/proc/self/cgroup': '0::/\n' }))).toBe(null);
  expect(ownCgroup(read({ ...files, '/proc/self/mountinfo': '' }))).toBe(null);
  execFileSync('rm', ['-rf', mount]);
});

test('a group is recognised by a whole name', () => {
  expect(isInCgroup('/service/name/a', '/name/a')).toBe(true);
  expect(isInCgroup('/../name/a/inner', '/name/a')).toBe(true);
  expect(isInCgroup('/service/name/ab', '/name/a')).toBe(false);
  expect(isInCgroup(undefined, '/name/a')).toBe(false);
});
