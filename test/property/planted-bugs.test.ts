import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createSandbox,
  type Sandbox,
  type SandboxEvent,
  type Transition,
  transition,
} from '../../src/index.ts';
import { sandboxEvents } from '../../src/testing/index.ts';
import { fixedSeed } from '../harness/check.ts';
import { checkAgainstOracle, prove, type Subject } from '../harness/machine/proof.ts';

const right: Subject = { create: createSandbox, transition };

/** The right machine with one change: `twist` may replace the result of a step. */
function twisted(
  twist: (sandbox: Sandbox, event: SandboxEvent, result: Transition) => Transition | undefined,
): Subject {
  return {
    ...right,
    transition(sandbox, event) {
      const result = transition(sandbox, event);
      return twist(sandbox, event, result) ?? result;
    },
  };
}

const wrongMachines: readonly (readonly [bug: string, machine: Subject])[] = [
  [
    'a stale report is accepted',
    twisted((sandbox, event) =>
      'operation' in event && sandbox.operation
        ? transition(sandbox, { ...event, operation: sandbox.operation.id })
        : undefined,
    ),
  ],
  [
    'a crash of another incarnation is accepted',
    twisted((sandbox, event) =>
      event.type === 'crashed' && sandbox.incarnation !== null
        ? transition(sandbox, { ...event, incarnation: sandbox.incarnation })
        : undefined,
    ),
  ],
  [
    'the timeout ignores the name',
    twisted((sandbox, event) =>
      event.type === 'timeout' && sandbox.status === 'running'
        ? transition({ ...sandbox, name: null }, event)
        : undefined,
    ),
  ],
  [
    'terminated is left',
    twisted((sandbox, event) =>
      sandbox.status === 'terminated' && event.type === 'resume'
        ? transition({ ...sandbox, status: 'suspended', outcome: null, terminatedAt: null }, event)
        : undefined,
    ),
  ],
  [
    'the version is not counted',
    twisted((sandbox, event, result) =>
      event.type === 'rename' && result.outcome === 'applied'
        ? { ...result, sandbox: { ...result.sandbox, version: sandbox.version } }
        : undefined,
    ),
  ],
  [
    'an ephemeral sandbox is suspended',
    twisted((sandbox, event) =>
      event.type === 'suspend' && sandbox.name === null
        ? transition({ ...sandbox, name: 'ada' }, event)
        : undefined,
    ),
  ],
  [
    'a timeout is accepted one millisecond early',
    twisted((sandbox, event) =>
      event.type === 'timeout' ? transition(sandbox, { ...event, at: event.at + 1 }) : undefined,
    ),
  ],
  [
    'a failed suspend is retried at once',
    twisted((sandbox, event, result) =>
      event.type === 'suspend.failed' && result.outcome === 'applied'
        ? { ...result, sandbox: { ...result.sandbox, expiresAt: sandbox.expiresAt } }
        : undefined,
    ),
  ],
  [
    'the effect of an applied event is forgotten',
    twisted((_sandbox, event, result) =>
      event.type === 'crashed' && result.outcome === 'applied' ? { ...result, effects: [] } : undefined,
    ),
  ],
  [
    'an unchanged record is copied',
    twisted((_sandbox, _event, result) =>
      result.outcome === 'applied' ? undefined : { ...result, sandbox: { ...result.sandbox } },
    ),
  ],
  [
    'the given record is changed',
    twisted((sandbox, _event, result) => {
      if (result.outcome === 'applied') Object.assign(sandbox, { version: sandbox.version + 1 });
      return undefined;
    }),
  ],
  [
    'busy hides that only named sandboxes suspend',
    twisted((_sandbox, event, result) =>
      event.type === 'suspend' && result.outcome === 'refused' && result.refusal.code === 'ephemeral'
        ? { ...result, refusal: { ...result.refusal, code: 'busy' } }
        : undefined,
    ),
  ],
];

test('the right machine passes the proof', () => {
  expect(prove(right).steps).toBeGreaterThan(30_000);
});

/** The errors of the proof that blame the machine, and not the test. */
const rejection = / on \{"type"|was copied|was changed/;

test.each(wrongMachines)('the exhaustive proof rejects a machine in which %s', (_bug, machine) => {
  expect(() => prove(machine)).toThrow(rejection);
});

test.each(wrongMachines)('random lives reject a machine in which %s', (_bug, machine) => {
  const property = fc.property(sandboxEvents(), ({ input, events }) => {
    let { sandbox } = machine.create(input);
    for (const event of events) {
      const kept = JSON.stringify(sandbox);
      const result = machine.transition(sandbox, event);
      if (JSON.stringify(sandbox) !== kept) throw new Error('the given record was changed');
      checkAgainstOracle(sandbox, event, result);
      ({ sandbox } = result);
    }
  });
  const { failed, errorInstance } = fc.check(property, { seed: fixedSeed, numRuns: 500, endOnFailure: true });
  expect([failed, String(errorInstance)]).toEqual([true, expect.stringMatching(rejection)]);
});
