import { expect, test } from 'vitest';
import { duties } from '../../../src/index.ts';
import { applicableEvents } from '../../../src/machine/sample-event.ts';
import { records } from '../../harness/machine/records.ts';

test.each([
  [
    'ephemeralPending',
    [
      'rename',
      'setTimeouts',
      'configure',
      'terminate',
      'boot.progressed',
      'boot.completed',
      'boot.failed',
      'timeout',
      'deadline.moved',
    ],
  ],
  ['suspended', ['resume', 'rename', 'setTimeouts', 'configure', 'terminate', 'lost', 'timeout']],
  ['terminated', []],
] as const)('the applicable events of %s are those of the contract', (name, types) => {
  const events = applicableEvents(records[name]);
  expect(events.map(({ type }) => type)).toEqual(types);
  for (const { at } of events) expect(at).toBe(duties(records[name]).timeoutAt);
});
