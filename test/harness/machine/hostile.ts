import * as fc from 'fast-check';
import { eventTypes } from '../../../src/model/events.ts';

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'xstate.stop',
  'xstate.init',
  '*',
  '',
];

/** Malformed events and other values: wrong types, unknown words, extra fields, polluting keys. */
export function hostileValues(): fc.Arbitrary<unknown> {
  const odd = fc.oneof(
    fc.anything(),
    fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      1.5,
      2 ** 53,
      -1,
      '1',
      null,
      undefined,
      1n,
      ...names,
    ),
  );
  const fields = fc.dictionary(
    fc.constantFrom(
      'at',
      'operation',
      'incarnation',
      'reason',
      'snapshotId',
      'name',
      'pendingReason',
      'deadline',
      'exitCode',
      'timeoutMs',
      'idleTimeoutMs',
      'suspendedTimeoutMs',
      'status',
      'version',
      ...names,
    ),
    odd,
  );
  const type = fc.oneof(fc.constantFrom<string>(...eventTypes), fc.constantFrom(...names), odd);
  return fc.oneof(
    { weight: 1, arbitrary: odd },
    {
      weight: 6,
      arbitrary: fc.tuple(type, fc.oneof(fc.constant(5), odd), fields).map(([what, at, rest]) => {
        // JSON.parse makes __proto__ an own key, as in the request of an attacker.
        const parsed: object = JSON.parse(`{"__proto__": {"polluted": true}}`);
        return Object.assign(parsed, { at, ...rest, type: what });
      }),
    },
  );
}
