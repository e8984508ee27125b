import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sandboxFromTensorlake, type TensorlakeSandbox } from '../../src/client/index.ts';
import { problemOf } from '../../src/client/transport/check-update.ts';
import { statuses } from '../../src/index.ts';
import { mustBeSandbox } from '../../src/model/check-record.ts';
import { operationKinds, operationResults } from '../../src/model/sandbox.ts';

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null });
const number = fc.oneof(fc.integer(), fc.nat({ max: 100 }), fc.double(), fc.maxSafeInteger());
const instant = maybe(fc.oneof(number, fc.string(), fc.constant('2026-01-01T00:00:00Z')));
const reasons = [
  ...['UserTerminated', 'Timeout', 'Discarded', 'Completed', 'ContainerStartupFailed'],
  ...['ContainerStartupTimedOut', 'Crashed', 'Lost', 'SomethingNew'],
];
const outcome = fc
  .tuple(fc.constantFrom('Success', 'Failure'), fc.constantFrom(...reasons))
  .map(([result, reason]) => `${result}(${reason})`);

const infos = fc.record(
  {
    id: fc.constant('a1'),
    status: fc.constantFrom(...statuses, 'Running', 'Suspended'),
    name: maybe(fc.string()),
    pending_reason: maybe(fc.string()),
    timeout_secs: maybe(number),
    idle_timeout_secs: maybe(number),
    suspended_timeout_secs: maybe(number),
    outcome: maybe(fc.oneof(outcome, fc.string())),
    exit_code: maybe(number),
    error_details: maybe(fc.record({ message: fc.string() })),
    last_operation: maybe(
      fc.record({
        id: number,
        kind: fc.constantFrom(...operationKinds),
        result: fc.constantFrom(...operationResults),
        reason: maybe(fc.string()),
        at: number,
      }),
    ),
    generation: maybe(number),
    created_at: instant,
    terminated_at: instant,
    expires_at: instant,
    idle_at: instant,
    discard_at: instant,
  },
  { requiredKeys: ['id', 'status'] },
);

test('every response of Tensorlake’s API becomes a legal record in its status', () => {
  fc.assert(
    fc.property(infos, fc.boolean(), (info, isResuming) => {
      const sandbox = sandboxFromTensorlake(info as TensorlakeSandbox, isResuming);
      mustBeSandbox(sandbox);
      expect(sandbox.status).toBe(info.status.toLowerCase());
    }),
    { numRuns: 20_000 },
  );
});

/** A value with which no arithmetic is possible. */
const unusable = fc.constantFrom({ toString: '' }, [{ valueOf: 0, toString: 0 }]);
/** Any value of JSON, or none: what a server that breaks the API could send in a field. */
const anything = fc.oneof({ weight: 3, arbitrary: fc.jsonValue() }, unusable, fc.constant(undefined));
const anyId = fc.string({ minLength: 1 });

test('every response that has an id becomes a record that the client accepts, whatever else it has', () => {
  const fields = Object.keys({
    ...{ name: 0, status: 0, pending_reason: 0, timeout_secs: 0, idle_timeout_secs: 0 },
    ...{ suspended_timeout_secs: 0, outcome: 0, exit_code: 0, error_details: 0, last_operation: 0 },
    ...{ generation: 0, created_at: 0, terminated_at: 0, expires_at: 0, idle_at: 0, discard_at: 0 },
  } satisfies Record<keyof Omit<TensorlakeSandbox, 'id' | 'sandbox_id'>, 0>);
  const ids = fc.oneof(fc.record({ id: anyId }), fc.record({ sandbox_id: anyId }));
  const operation = fc.record({ id: anything, kind: anything, result: anything, at: anything });
  const damage = fc.dictionary(fc.constantFrom(...fields), fc.oneof(anything, operation), {
    maxKeys: 4,
    size: 'max',
  });
  fc.assert(
    fc.property(infos, damage, ids, fc.boolean(), ({ id: _, ...info }, damaged, id, isResuming) => {
      const response = { ...info, ...damaged, ...id } as unknown as TensorlakeSandbox;
      const sandbox = sandboxFromTensorlake(response, isResuming);
      expect(problemOf({ sandboxes: [sandbox] })).toBeUndefined();
      expect(sandbox.id).toBe(Object.values(id)[0]);
    }),
    { numRuns: 20_000 },
  );
});
