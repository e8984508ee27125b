import { expect, test } from 'vitest';
import { duties } from '../../../src/index.ts';
import { records } from '../../harness/machine/records.ts';

test.each([
  ['pending', { operation: { id: 1, kind: 'boot', deadline: 600_001 }, timeoutAt: 600_001 }],
  ['running', { timeoutAt: 60_002 }],
  ['snapshotting', { operation: { id: 2, kind: 'snapshot', deadline: 600_003 }, timeoutAt: 600_003 }],
  ['suspending', { operation: { id: 2, kind: 'suspend', deadline: 300_003 }, timeoutAt: 300_003 }],
  ['suspended', {}],
  ['resuming', { operation: { id: 3, kind: 'resume', deadline: 300_005 }, timeoutAt: 300_005 }],
  ['terminated', { operation: { id: 2, kind: 'release', deadline: null } }],
] as const)('%s owes %j', (name, owed) => {
  expect(duties(records[name])).toEqual(owed);
});

test('a running sandbox without a limit owes nothing', () => {
  expect(duties({ ...records.running, timeoutMs: null, expiresAt: null })).toEqual({});
});
