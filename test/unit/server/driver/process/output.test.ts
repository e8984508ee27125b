import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ProcessDriverOptions, processDriver } from '../../../../../src/server/driver/process/index.ts';
import { patient } from '../../../../harness/shared/patient.ts';
import { bootJob, job } from './harmful.ts';

const kb = 1024;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'output-'));
});

afterEach(async () => {
  const driver = processDriver(directory);
  await driver.release(job('a', 99));
  await driver.close();
  execFileSync('rm', ['-rf', directory]);
});

const sandbox = (...path: string[]) => join(directory, 'sandboxes', 'a', ...path);
const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0);
const outputBytes = () => sizeOf(sandbox('output.log')) + sizeOf(sandbox('output.log.1'));

async function bootUnder(script: string, options: ProcessDriverOptions = {}) {
  const driver = processDriver(directory, options);
  const ends: unknown[] = [];
  driver.watch((end) => ends.push(end));
  await driver.boot(bootJob(script));
  return { driver, ends };
}

describe('the output of a program', () => {
  test('stays within its limit, also without a server, and never stops the program', async () => {
    const limit = 512 * kb;
    const script =
      'head -c 9000000 /dev/zero; echo one >one; head -c 9000000 /dev/zero; echo two; echo two >two; sleep 99';
    const { driver, ends } = await bootUnder(script, { outputLimitBytes: limit });
    await driver.close();
    let most = 0;
    await vi.waitFor(() => {
      most = Math.max(most, outputBytes());
      expect(existsSync(sandbox('files', 'two'))).toBe(true);
    }, patient);
    await vi.waitFor(() => expect(readFileSync(sandbox('output.log'), 'utf8')).toMatch(/two\n$/), patient);
    expect(Math.max(most, outputBytes())).toBeLessThanOrEqual(limit);
    expect(ends).toEqual([]);
  });

  test('goes on in the same log when another server has taken over', async () => {
    const { driver } = await bootUnder('echo 1; until [ -e go ]; do sleep 0.01; done; echo 2; sleep 99');
    await driver.close();
    const later = processDriver(directory);
    await later.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    execFileSync('touch', [sandbox('files', 'go')]);
    await vi.waitFor(() => expect(readFileSync(sandbox('output.log'), 'utf8')).toBe('1\n2\n'), patient);
    await later.close();
  });

  test('is complete when the program exits at once', async () => {
    const script = 'i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; echo the end >&2; exit 3';
    await bootUnder(script).catch(() => {});
    await vi.waitFor(
      () => expect(readFileSync(sandbox('output.log'), 'utf8')).toMatch(/the end\n$/),
      patient,
    );
    expect(readFileSync(sandbox('output.log'), 'utf8').split('\n')).toHaveLength(502);
  });

  test('can be truncated by a user, and can be written through /dev/stderr', async () => {
    const script = 'echo 1; until [ -e go ]; do sleep 0.01; done; echo 2 >/dev/stderr; sleep 99';
    const { driver } = await bootUnder(script);
    await vi.waitFor(() => expect(sizeOf(sandbox('output.log'))).toBe(2), patient);
    truncateSync(sandbox('output.log'));
    execFileSync('touch', [sandbox('files', 'go')]);
    await vi.waitFor(() => expect(readFileSync(sandbox('output.log'), 'utf8')).toBe('2\n'), patient);
    expect(await driver.inspect?.('a')).toEqual({ state: 'running' });
    await driver.close();
  });

  test('gives the program no child that it has not started', async () => {
    const { driver } = await bootUnder(
      'read -r all </proc/$$/task/$$/children; echo "children: $all"; sleep 99',
    );
    await vi.waitFor(() => expect(readFileSync(sandbox('output.log'), 'utf8')).toBe('children: \n'), patient);
    await driver.close();
  });
});

test('folders and files are for the user of the server alone, and the program keeps its own mask', async () => {
  const mask = process.umask(0o022);
  const { driver } = await bootUnder('echo 1; echo 1 >own; sleep 99');
  await vi.waitFor(() => expect(sizeOf(sandbox('files', 'own'))).toBeGreaterThan(0), patient);
  await vi.waitFor(() => expect(sizeOf(sandbox('output.log'))).toBeGreaterThan(0), patient);
  process.umask(mask);
  const modes = Object.fromEntries(
    [
      directory,
      ...readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name))),
    ].map((path) => [path.slice(directory.length + 1), (statSync(path).mode & 0o777).toString(8)]),
  );
  expect(modes).toEqual({
    '': '700',
    released: '700',
    sandboxes: '700',
    snapshots: '700',
    'sandboxes/a': '700',
    'sandboxes/a/files': '700',
    'sandboxes/a/files/own': '644',
    'sandboxes/a/output.log': '600',
    'sandboxes/a/process-1': '600',
  });
  await driver.close();
});
