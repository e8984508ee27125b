import { expect, test } from 'vitest';
import { duties } from '../../../src/index.ts';
import { records } from '../../harness/machine/records.ts';

test.each([
  ['pending', { operation: { id: 1, kind: 'boot', deadline: 600_001 }, timeoutAt: 600_001 }],
  ['running', { timeoutAt: 60_002, generation: 1 }],
  [
    'snapshotting',
    { operation: { id: 2, kind: 'snapshot', deadline: 600_003 }, timeoutAt: 600_003, generation: 1 },
  ],
  ['suspending', { operation: { id: 2, kind: 'suspend', deadline: 300_003 }, timeoutAt: 300_003 }],
  ['suspended', { timeoutAt: 120_004 }],
  ['resuming', { operation: { id: 3, kind: 'resume', deadline: 300_005 }, timeoutAt: 300_005 }],
  ['terminated', { operation: { id: 2, kind: 'release', deadline: null } }],
] as const)('%s owes %j', (name, owed) => {
  expect(duties(records[name])).toEqual(owed);
});

test('a running sandbox without a limit owes its configuration alone, and a suspended one nothing', () => {
  const unlimited = { timeoutMs: null, expiresAt: null, idleTimeoutMs: null, idleAt: null };
  expect(duties({ ...records.running, ...unlimited, generation: 3 })).toEqual({ generation: 3 });
  expect(duties({ ...records.suspended, suspendedTimeoutMs: null, discardAt: null })).toEqual({});
});

test.each([
  [5, 9, 5],
  [9, 5, 5],
  [7, 7, 7],
  [null, 5, 5],
  [5, null, 5],
  [null, null, undefined],
])('the run limits %s and %s are due at %s', (expiresAt, idleAt, timeoutAt) => {
  expect(duties({ ...records.running, expiresAt, idleAt }).timeoutAt).toBe(timeoutAt);
});
