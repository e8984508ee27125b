import { expect, test } from 'vitest';
import { type Command, createSandbox, defaultPolicy, transition } from '../../../src/index.ts';
import { predictCommand } from '../../../src/machine/predict-command.ts';

const { sandbox } = createSandbox({ id: 'a1', name: 'my-env', at: 1_000 });

const errorOf = (apply: () => unknown) => {
  try {
    return apply();
  } catch (error) {
    return error;
  }
};

test.each([
  ['an object that is missing', null],
  ['an unknown type', { type: 'fly', at: 1 }],
  ['a time outside of every calendar', { type: 'resume', at: Number.NaN }],
  ['a snapshot id that is missing', { type: 'snapshot', at: 1 }],
  ['a name that is a number', { type: 'rename', name: 5, at: 1 }],
  ['a limit that is a text', { type: 'setTimeouts', idleTimeoutMs: '5', at: 1 }],
  ['a limit that cannot be counted', { type: 'setTimeouts', suspendedTimeoutMs: 2 ** 53, at: 1 }],
])('a command with %s is malformed, with the path of `transition`', (_name, command) => {
  const error = errorOf(() => predictCommand(sandbox, command as never));
  const expected = errorOf(() => transition(sandbox, command as never)) as { name: string; path: string };
  expect(error).toMatchObject({ name: 'MalformedInputError', path: expected.path });
});

test('a report is malformed, because only commands are predicted', () => {
  const report = { type: 'boot.completed', operation: 1, at: 1 } as unknown as Command;
  expect(() => predictCommand(sandbox, report)).toThrow(/^event\.type must be one of suspend, resume/);
});

test('omitted limits, null and limits below 1 are well-formed', () => {
  const set = (limits: object) => predictCommand(sandbox, { type: 'setTimeouts', at: 2_000, ...limits });
  expect(set({ timeoutMs: undefined, idleTimeoutMs: 5 }).sandbox).toMatchObject({
    timeoutMs: null,
    idleTimeoutMs: 5,
  });
  expect(set({ idleTimeoutMs: null })).toEqual({ outcome: 'unchanged', sandbox });
  expect(set({ idleTimeoutMs: -1 }).refusal?.code).toBe('invalid');
  expect(set({}).refusal?.code).toBe('invalid');
});

test('the policy sets the limits of operations; without one, the default policy', () => {
  const running = transition(sandbox, { type: 'boot.completed', operation: 1, at: 2_000 }).sandbox;
  const suspend = { type: 'suspend', at: 3_000 } as const;
  expect(predictCommand(running, suspend).sandbox.operation?.deadline).toBe(303_000);
  const operationLimitSeconds = { ...defaultPolicy.operationLimitSeconds, suspend: 7 };
  const { sandbox: suspending } = predictCommand(running, suspend, {
    ...defaultPolicy,
    operationLimitSeconds,
  });
  expect(suspending.operation?.deadline).toBe(10_000);
});
