import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type PolicyInput, type SandboxEvent, transition } from '../../../src/index.ts';
import { brokenInvariant } from '../../../src/model/invariants.ts';
import {
  parseEvent,
  parsePolicy,
  parseSandbox,
  parseTimeouts,
  policySchema,
  SchemaError,
  sandboxSchema,
} from '../../../src/schema/index.ts';
import { sandboxEvents } from '../../../src/testing/index.ts';
import { check } from '../../harness/check.ts';
import { records } from '../../harness/machine/records.ts';

describe('parseEvent', () => {
  test('accepts every event that the machine accepts, unchanged', () => {
    check(
      fc.property(sandboxEvents(), ({ events }) => {
        for (const event of events) expect(parseEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
      }),
    );
  });

  test.each([
    [null, 'event must be of type object.'],
    [{ type: 'boom', at: 1 }, /^event\.type must be one of suspend, .*, deadline\.moved\.$/],
    [{ type: 'suspend', at: 'soon' }, 'event.at must be a whole number.'],
    [{ type: 'suspend', at: 9e15 }, 'event.at is later than a date can be.'],
    [{ type: 'suspend', at: 1, force: true }, 'event.force is not a field; omit it.'],
    [
      { type: 'suspend', at: 1, '\u001b[31mred': true },
      /^event\.\\u\{1b\}\[31mred is not a field; omit it\.$/,
    ],
    [{ type: 'suspend', at: 1, ['x'.repeat(999)]: true }, /^event\.x{80}… is not a field; omit it\.$/],
    [JSON.parse('{"type":"suspend","at":1,"__proto__":{"a":1}}'), 'event.__proto__ is not a field; omit it.'],
    [{ type: 'boot.completed', at: 1 }, 'event.operation must be a whole number.'],
    [
      { type: 'setTimeouts', timeoutMs: 367_199_254_740_992, at: 1 },
      'event.timeoutMs is too long to be counted.',
    ],
    [{ type: 'exited', incarnation: 1, exitCode: 0, at: 1 }, 'event.reason must be a string.'],
    [
      { type: 'boot.progressed', at: 1, operation: 1, pendingReason: 'x' },
      /^event\.pendingReason must be one of scheduling, /,
    ],
  ])('reports where %j is wrong', (input, message) => {
    expect(() => parseEvent(input)).toThrow(
      expect.objectContaining({ name: 'SchemaError', message: expect.stringMatching(message) }),
    );
  });

  test('rejects events that the core rejects', () => {
    const bad: unknown[] = [
      { type: 'suspend' },
      { type: 'rename', at: 1 },
      { type: 'crashed', at: 1, reason: '' },
    ];
    for (const event of bad) {
      expect(() => parseEvent(event)).toThrow(SchemaError);
      expect(() => transition(records.running, event as SandboxEvent)).toThrow();
    }
  });
});

describe('parseSandbox', () => {
  test.each(Object.entries(records))('accepts a legal record: %s', (_name, record) => {
    expect(parseSandbox(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  test('names the broken invariant', () => {
    const illegal = { ...records.suspended, name: null };
    expect(brokenInvariant(illegal)).toBeDefined();
    expect(() => parseSandbox(illegal)).toThrow(
      'sandbox.name breaks an invariant: a sandbox without a name is never suspending or suspended.',
    );
  });

  test('names the wrong field', () => {
    expect(() => parseSandbox({ ...records.running, operations: 0 })).toThrow(
      'sandbox.operations must be at least 1.',
    );
    expect(() => parseSandbox({ ...records.running, extra: 1 })).toThrow(
      'sandbox.extra is not a field; omit it.',
    );
  });
});

describe('parsePolicy', () => {
  test('fills in the defaults', () => {
    expect(parsePolicy({ operationLimitSeconds: { boot: 5 }, planMaximumSeconds: 3600 })).toEqual({
      operationLimitSeconds: { boot: 5, snapshot: 600, suspend: 300, resume: 300 },
      suspendRetryDelaySeconds: 30,
      omittedTimeoutSeconds: null,
      zeroTimeout: 'plan_maximum',
      planMaximumSeconds: 3600,
      timeoutMeasures: 'lifetime',
      suspendedTimeoutSeconds: null,
    });
  });

  test.each([
    [{ suspendRetryDelaySeconds: 0 }, 'policy.suspendRetryDelaySeconds must be at least 1 second.'],
    [
      { operationLimitSeconds: { suspend: 0 } },
      'policy.operationLimitSeconds.suspend must be at least 1 second.',
    ],
    [{ planMaximumSeconds: 0.5 }, 'policy.planMaximumSeconds must be a whole number of seconds.'],
    [
      { omittedTimeoutSeconds: 60, planMaximumSeconds: 30 },
      'policy.omittedTimeoutSeconds must not be above planMaximumSeconds.',
    ],
    [{ zeroTimeout: 'for ever' }, 'policy.zeroTimeout must be one of none, plan_maximum.'],
    [{ colour: 'red' }, 'policy.colour is not a field; omit it.'],
  ])('reports what is wrong with %j', (input, message) => {
    expect(() => parsePolicy(input as PolicyInput)).toThrow(message);
  });
});

describe('parseTimeouts', () => {
  test('reads the limits of a create request', () => {
    expect(parseTimeouts({ timeout_secs: 300, idle_timeout_secs: null })).toEqual({
      timeoutMs: 300_000,
      idleTimeoutMs: null,
      suspendedTimeoutMs: null,
    });
  });

  test.each([
    [{ timeout_secs: '300' }, 'request.timeout_secs must be a whole number of seconds.'],
    [{ idle_timeout_secs: 0 }, 'request.idle_timeout_secs must be at least 1.'],
    [{ timeout_secs: 367_199_254_741 }, /^timeout_secs is 367199254741, above the 367199254740 seconds/],
  ])('reports what is wrong with %j', (input, message) => {
    expect(() => parseTimeouts(input)).toThrow(message);
  });
});

test('the schemas can be extended, and keep the types of their input', () => {
  const extended = sandboxSchema.shape.operation.unwrap().extend({ note: z.string() });
  expect(extended.parse({ id: 1, kind: 'boot', deadline: 5, note: 'x' })).toMatchObject({ note: 'x' });
  expect(policySchema.shape.operationLimitSeconds.parse({}).boot).toBe(600);
  const input: z.input<typeof policySchema> = { planMaximumSeconds: 60 };
  expect(policySchema.parse(input).planMaximumSeconds).toBe(60);
});
