import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createSandbox,
  type Effect,
  type Sandbox,
  type SandboxEvent,
  type Transition,
  transition,
} from '../../src/index.ts';
import { sandboxEvents } from '../../src/testing/index.ts';
import { fixedSeed } from '../harness/check.ts';
import { checkAgainstOracle, prove, type Subject } from '../harness/machine/proof.ts';
import { numbers } from '../oracle.ts';

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

/** The right machine, but the record after an applied event has other fields. */
function altered(
  change: (before: Sandbox, event: SandboxEvent, after: Sandbox) => Partial<Sandbox> | undefined,
): Subject {
  return twisted((sandbox, event, result) => {
    const fields = result.outcome === 'applied' ? change(sandbox, event, result.sandbox) : undefined;
    return fields && result.outcome === 'applied'
      ? { ...result, sandbox: { ...result.sandbox, ...fields } }
      : undefined;
  });
}

/** Bugs of version, name, fences and effects. */
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
  [
    'an idle limit outlives a resume',
    altered((_before, event, after) =>
      event.type === 'resume.completed' && after.idleAt !== null ? { idleAt: after.idleAt - 1 } : undefined,
    ),
  ],
  [
    'an idle limit counts on while suspended',
    altered((before, event) =>
      event.type === 'suspend.completed' && before.idleAt !== null ? { idleAt: before.idleAt } : undefined,
    ),
  ],
  [
    'keepalive extends the run limit too',
    altered((before, event) =>
      event.type === 'keepalive' && before.timeoutMs !== null
        ? { expiresAt: event.at + before.timeoutMs }
        : undefined,
    ),
  ],
  [
    'keepalive moves the idle limit back',
    twisted((sandbox, event, result) =>
      event.type === 'keepalive' &&
      result.reason === 'satisfied' &&
      sandbox.idleAt !== null &&
      event.at + (sandbox.idleTimeoutMs ?? 0) < sandbox.idleAt
        ? transition({ ...sandbox, idleAt: event.at }, event)
        : undefined,
    ),
  ],
  [
    'the later of two run limits counts',
    twisted((sandbox, event) =>
      event.type === 'timeout' && sandbox.expiresAt !== null && sandbox.idleAt !== null
        ? transition({ ...sandbox, idleAt: Math.max(sandbox.idleAt, sandbox.expiresAt) }, event)
        : undefined,
    ),
  ],
  [
    'a tie of both run limits is called idle',
    altered((before, event, { outcome }) =>
      event.type === 'timeout' && outcome?.reason === 'timeout' && before.idleAt === before.expiresAt
        ? { outcome: { ...outcome, detail: 'idle' } }
        : undefined,
    ),
  ],
  [
    'lost has no fence',
    twisted((sandbox, event) =>
      event.type === 'lost' ? transition(sandbox, { ...event, version: sandbox.version }) : undefined,
    ),
  ],
  [
    'lost is believed while a resume is in progress',
    twisted((sandbox, event) =>
      event.type === 'lost' && sandbox.operation !== null && sandbox.status === 'suspended'
        ? transition({ ...sandbox, operation: null }, event)
        : undefined,
    ),
  ],
  [
    'a moved deadline moves the run limit of the sandbox',
    altered((before, event) =>
      event.type === 'deadline.moved' && before.expiresAt !== null
        ? { expiresAt: before.expiresAt + 1_000 }
        : undefined,
    ),
  ],
  [
    'a moved deadline has no fence',
    twisted((sandbox, event) =>
      event.type === 'deadline.moved' && sandbox.operation !== null
        ? transition(sandbox, { ...event, operation: sandbox.operation.id })
        : undefined,
    ),
  ],
  [
    'a deadline moves later only',
    twisted((sandbox, event) =>
      event.type === 'deadline.moved' && sandbox.operation && event.deadline < sandbox.operation.deadline
        ? transition(sandbox, { ...event, deadline: sandbox.operation.deadline })
        : undefined,
    ),
  ],
  [
    'configure is not counted',
    altered((before, event) => (event.type === 'configure' ? { generation: before.generation } : undefined)),
  ],
  [
    'configure reaches no running sandbox',
    twisted((_sandbox, event, result) =>
      event.type === 'configure' && result.outcome === 'applied' ? { ...result, effects: [] } : undefined,
    ),
  ],
  [
    'a resume names no generation',
    twisted((_sandbox, event, result) =>
      event.type === 'resume' && result.outcome === 'applied'
        ? { ...result, effects: result.effects.map((effect) => ({ ...effect, generation: 1 })) as Effect[] }
        : undefined,
    ),
  ],
  [
    'a sandbox is discarded right after a failed resume',
    altered((before, event) =>
      event.type === 'resume.failed' && before.discardAt !== null
        ? { discardAt: before.discardAt }
        : undefined,
    ),
  ],
  [
    'a resume that timed out keeps the old suspended limit',
    altered((before, event) =>
      event.type === 'timeout' && before.status === 'suspended' && before.operation !== null
        ? { discardAt: before.discardAt }
        : undefined,
    ),
  ],
  [
    'a suspended sandbox is discarded while it resumes',
    twisted((sandbox, event) =>
      event.type === 'timeout' && sandbox.discardAt !== null && event.at >= sandbox.discardAt
        ? transition({ ...sandbox, operation: null }, event)
        : undefined,
    ),
  ],
  [
    'an exit during a suspend is taken for a crash',
    twisted((sandbox, event) =>
      event.type === 'exited' && sandbox.status === 'suspending'
        ? transition(sandbox, {
            type: 'crashed',
            incarnation: event.incarnation,
            reason: event.reason ?? '',
            at: event.at,
          })
        : undefined,
    ),
  ],
  [
    'an exit of another incarnation is accepted',
    twisted((sandbox, event) =>
      event.type === 'exited' && sandbox.incarnation !== null
        ? transition(sandbox, { ...event, incarnation: sandbox.incarnation })
        : undefined,
    ),
  ],
  [
    'an unknown exit code counts as success',
    twisted((sandbox, event) =>
      event.type === 'exited' && event.exitCode === null
        ? transition(sandbox, { ...event, exitCode: 0 })
        : undefined,
    ),
  ],
  [
    'the exit code is forgotten',
    altered((_before, event, { outcome }) =>
      event.type === 'exited' && outcome ? { outcome: { ...outcome, exitCode: null } } : undefined,
    ),
  ],
  [
    'lastOperation is noted for a voided operation',
    altered((before, event, { updatedAt }) =>
      event.type === 'terminate' && before.operation
        ? {
            lastOperation: {
              id: before.operation.id,
              kind: before.operation.kind,
              result: 'failed',
              reason: '',
              at: updatedAt,
            },
          }
        : undefined,
    ),
  ],
  [
    'the reason of a failed operation is forgotten',
    altered((_before, event, { lastOperation }) =>
      event.type.endsWith('.failed') && lastOperation
        ? { lastOperation: { ...lastOperation, reason: null } }
        : undefined,
    ),
  ],
  [
    'an operation that timed out is said to have failed',
    altered((_before, _event, { lastOperation }) =>
      lastOperation?.result === 'timed_out'
        ? { lastOperation: { ...lastOperation, result: 'failed' } }
        : undefined,
    ),
  ],
  [
    'setTimeouts counts a limit from the start of the sandbox',
    altered((before, event) =>
      event.type === 'setTimeouts' && event.timeoutMs && before.incarnation !== null
        ? { expiresAt: before.createdAt + event.timeoutMs }
        : undefined,
    ),
  ],
  [
    'setTimeouts restarts the limits that it does not name',
    altered((before, event) =>
      event.type === 'setTimeouts' && event.idleTimeoutMs === undefined && before.idleAt !== null
        ? { idleAt: event.at + (before.idleTimeoutMs ?? 0) }
        : undefined,
    ),
  ],
  [
    'setTimeouts starts a run limit of a sandbox that does not run',
    altered((before, event) =>
      event.type === 'setTimeouts' && event.timeoutMs && before.incarnation === null
        ? { expiresAt: event.at + event.timeoutMs }
        : undefined,
    ),
  ],
  [
    'setTimeouts takes a limit of zero',
    twisted((sandbox, event) =>
      event.type === 'setTimeouts' && event.timeoutMs === 0
        ? transition(sandbox, { ...event, timeoutMs: null })
        : undefined,
    ),
  ],
  [
    'a failed suspend extends the run limit alone',
    altered((before, event) =>
      event.type === 'suspend.failed' && before.idleAt !== null ? { idleAt: before.idleAt } : undefined,
    ),
  ],
];

test('the right machine passes the proof', () => {
  expect(prove(right, numbers, { isBrief: true }).steps).toBeGreaterThan(30_000);
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
  const { failed, errorInstance } = fc.check(property, {
    seed: fixedSeed,
    numRuns: 2000,
    endOnFailure: true,
  });
  expect([failed, String(errorInstance)]).toEqual([true, expect.stringMatching(rejection)]);
});
