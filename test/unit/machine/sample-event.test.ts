import { expect, test } from 'vitest';
import { applicableEvents } from '../../../src/machine/sample-event.ts';
import { records } from '../../harness/machine/records.ts';

test.each([
  [
    'ephemeralPending',
    ['rename', 'terminate', 'boot.progressed', 'boot.completed', 'boot.failed', 'timeout'],
  ],
  ['suspended', ['resume', 'rename', 'terminate']],
  ['terminated', []],
] as const)('the applicable events of %s are those of the contract', (name, types) => {
  const events = applicableEvents(records[name]);
  expect(events.map(({ type }) => type)).toEqual(types);
  // Without a deadline, the instant is that of the last event.
  for (const { at } of events) expect(at).toBe(records[name].operation?.deadline ?? records[name].updatedAt);
});
