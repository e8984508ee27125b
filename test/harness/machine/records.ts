import { createSandbox, type Sandbox, type SandboxEvent, transition } from '../../../src/index.ts';

/** A record after some events. Throws unless every event is applied. */
export function after(sandbox: Sandbox, ...events: SandboxEvent[]): Sandbox {
  return events.reduce((before, event) => {
    const { outcome, sandbox: next } = transition(before, event);
    if (outcome !== 'applied') throw new Error(`${event.type} was ${outcome} while ${before.status}`);
    return next;
  }, sandbox);
}

const booted = { type: 'boot.completed', operation: 1, at: 2 } as const;
const limits = { timeoutMs: 60_000, idleTimeoutMs: 90_000, suspendedTimeoutMs: 120_000 };
const pending = createSandbox({ id: 'named', name: 'ada', ...limits, at: 1 }).sandbox;
const running = after(pending, booted);
const snapshotting = after(running, { type: 'snapshot', snapshotId: 's1', at: 3 });
const suspending = after(running, { type: 'suspend', at: 3 });
const suspended = after(suspending, { type: 'suspend.completed', operation: 2, at: 4 });
const resuming = after(suspended, { type: 'resume', at: 5 });
const ephemeralPending = createSandbox({ id: 'ephemeral', name: null, timeoutMs: 60_000, at: 1 }).sandbox;
const ephemeral = after(ephemeralPending, booted);

/** One record of each kind, by name. */
export const records = {
  pending,
  running,
  snapshotting,
  suspending,
  suspended,
  resuming,
  resumeFailed: after(resuming, { type: 'resume.failed', operation: 3, reason: 'no room', at: 6 }),
  resumed: after(resuming, { type: 'resume.completed', operation: 3, at: 6 }),
  suspendFailed: after(suspending, { type: 'suspend.failed', operation: 2, reason: 'busy disk', at: 6 }),
  terminated: after(running, { type: 'terminate', at: 6 }),
  crashed: after(running, { type: 'crashed', incarnation: 1, reason: 'exit code 137', at: 6 }),
  startFailed: after(pending, { type: 'boot.failed', operation: 1, reason: 'no such image', at: 2 }),
  startTimedOut: after(pending, { type: 'timeout', at: 600_001 }),
  completed: after(running, { type: 'exited', incarnation: 1, exitCode: 0, reason: null, at: 6 }),
  exited: after(running, { type: 'exited', incarnation: 1, exitCode: 137, reason: 'killed', at: 6 }),
  discarded: after(suspended, { type: 'timeout', at: 120_004 }),
  lost: after(suspended, { type: 'lost', version: 4, reason: 'no such disk', at: 6 }),
  timedOut: after(ephemeral, { type: 'timeout', at: 60_002 }),
  ephemeralPending,
  ephemeral,
  ephemeralSnapshotting: after(ephemeral, { type: 'snapshot', snapshotId: 's2', at: 3 }),
} as const;
