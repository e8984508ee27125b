import { describe, expect, test } from 'vitest';
import { defaultConfiguration } from '../../../../src/server/configuration.ts';
import type { SandboxEntry } from '../../../../src/server/index.ts';
import type { LiveProcess } from '../../../harness/kill/live-processes.ts';
import { checkCrashes, checkProcesses } from '../../../harness/kill/process-invariants.ts';
import { createRequestLog, type RequestLog } from '../../../harness/kill/request-log.ts';
import { records } from '../../../harness/machine/records.ts';

const mark = '1799.0000001000000000';
const byTheTest = /The test killed a process of this sandbox/;

type Kept = 'suspended' | 'running' | 'resuming' | 'terminated';

function check(kept: Kept, living: readonly LiveProcess[], { isKilled = false, isQuiet = true } = {}) {
  const entry = entryOf(kept);
  return checkProcesses(living, new Map([[entry.sandbox.id, entry]]), requestLogOf(isKilled), isQuiet);
}

function entryOf(kept: Kept): SandboxEntry {
  return {
    sandbox: records[kept],
    namespace: 'default',
    configuration: { ...defaultConfiguration, entrypoint: ['sleep', mark] },
    released: kept === 'terminated',
    revision: 1,
  };
}

function requestLogOf(isKilled: boolean): RequestLog {
  const requestLog = createRequestLog();
  requestLog.creations.set(mark, {
    type: 'create',
    name: 'ada',
    timeoutSeconds: null,
    mark,
    shape: 'one',
    snapshotId: null,
  });
  if (isKilled) requestLog.killedMarks.add(mark);
  return requestLog;
}

function living(pid: number, isStopped: boolean): LiveProcess {
  return { pid, mark, isStopped };
}

describe('at rest, a sandbox whose process the test killed', () => {
  const isKilled = true;

  test.each(['running', 'suspended'] as const)('may not be %s without its process', (kept) => {
    const problem = check(kept, [], { isKilled });
    expect(problem).toMatch(new RegExp(`which is ${kept} .* has the processes \\[\\]`));
    expect(problem).toMatch(byTheTest);
  });

  test.each([
    ['suspended with two processes', 'suspended', [living(1, true), living(2, true)]],
    ['suspended with a process that is not stopped', 'suspended', [living(1, false)]],
    ['running with two processes', 'running', [living(1, false), living(2, false)]],
    ['terminated with a process', 'terminated', [living(1, false)]],
  ] as const)('may not be %s', (_, kept, found) => {
    const problem = check(kept, found, { isKilled });
    expect(problem).toContain(`has the processes ${JSON.stringify(found)}`);
    expect(problem).toMatch(byTheTest);
  });

  test('may not have its process replaced by another', () => {
    const entries = new Map([['named', entryOf('suspended')]]);
    const requestLog = requestLogOf(isKilled);
    expect(checkProcesses([living(1, true)], entries, requestLog, true)).toBeUndefined();
    expect(checkProcesses([living(2, true)], entries, requestLog, true)).toMatch(byTheTest);
  });

  test('may not have a process without a record', () => {
    const problem = checkProcesses([living(1, true)], new Map(), requestLogOf(isKilled), true);
    expect(problem).toMatch(/processes without a record/);
    expect(problem).toMatch(byTheTest);
  });
});

describe('at rest, a sandbox whose process the test did not kill', () => {
  test.each(['suspended', 'running'] as const)('may not be %s without its process', (kept) => {
    const problem = check(kept, []);
    expect(problem).toMatch(/has the processes \[\]/);
    expect(problem).not.toMatch(byTheTest);
  });

  test('has the one process that its record requires', () => {
    expect(check('suspended', [living(1, true)])).toBeUndefined();
    expect(check('running', [living(1, false)])).toBeUndefined();
    expect(check('terminated', [])).toBeUndefined();
  });
});

describe('after the kill of a server', () => {
  const isQuiet = false;

  test.each(['suspended', 'resuming', 'running'] as const)(
    'a %s sandbox may lack its process only if the test killed the process',
    (kept) => {
      expect(check(kept, [], { isKilled: true, isQuiet })).toBeUndefined();
      expect(check(kept, [], { isQuiet })).toMatch(/has the processes \[\]/);
    },
  );
});

describe('before the world is at rest, the test waits for the end of', () => {
  const missed = (kept: Kept, found: readonly LiveProcess[], isKilled: boolean) =>
    checkCrashes([{ lifecycle: records[kept], entrypoint: ['sleep', mark] }], found, requestLogOf(isKilled));

  test.each(['running', 'suspended'] as const)('a %s sandbox whose process the test killed', (kept) => {
    expect(missed(kept, [], true)).toMatch(/did not notice that the test killed the process/);
  });

  test('neither a terminated sandbox, nor one with a process, nor one whose process the test did not kill', () => {
    expect(missed('terminated', [], true)).toBeUndefined();
    expect(missed('running', [living(1, false)], true)).toBeUndefined();
    expect(missed('running', [], false)).toBeUndefined();
  });
});
