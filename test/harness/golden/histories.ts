import { createSandbox, defaultPolicy, type SandboxEvent, transition } from '../../../src/index.ts';
import { begunSnapshot, settledSnapshot } from '../../../src/server/commands/snapshot-records.ts';
import { defaultConfiguration } from '../../../src/server/configuration.ts';
import type { HistoryRow, SnapshotRecord } from '../../../src/server/store/records.ts';

const policy = {
  ...defaultPolicy,
  operationLimitSeconds: { boot: 120, snapshot: 60, suspend: 30, resume: 20 },
  suspendRetryDelaySeconds: 5,
};

const up: SandboxEvent = { type: 'boot.completed', operation: 1, at: 10 };
const pausing: SandboxEvent = { type: 'suspend', at: 20 };
const paused: SandboxEvent = { type: 'suspend.completed', operation: 2, at: 30 };
const capturing: SandboxEvent = { type: 'snapshot', snapshotId: 'snapshot', at: 20 };
const captured: SandboxEvent = { type: 'snapshot.completed', operation: 2, at: 30 };

/** A sandbox of each kind, by its id: its name, its timeout in ms, and its events. */
const histories: Readonly<Record<string, readonly [string | null, number | null, ...SandboxEvent[]]>> = {
  created: ['ada', 60_000],
  pending: [
    'ada',
    60_000,
    { type: 'boot.progressed', operation: 1, pendingReason: 'pool_at_capacity', at: 5 },
  ],
  running: ['ada', 1_000, up, { type: 'rename', name: 'bea', at: 510 }],
  'kept-alive': [
    'ada',
    1_000,
    up,
    { type: 'setTimeouts', idleTimeoutMs: 900, at: 20 },
    { type: 'keepalive', at: 500 },
  ],
  configured: ['ada', 60_000, up, { type: 'configure', at: 20 }],
  completed: ['ada', null, up, { type: 'exited', incarnation: 1, exitCode: 0, reason: null, at: 20 }],
  exited: ['ada', null, up, { type: 'exited', incarnation: 1, exitCode: 3, reason: 'exit code 3', at: 20 }],
  lost: ['ada', null, up, pausing, paused, { type: 'lost', version: 4, reason: 'no longer there', at: 40 }],
  discarded: [
    'ada',
    null,
    ...[up, pausing, paused],
    { type: 'setTimeouts', suspendedTimeoutMs: 100, at: 40 },
    { type: 'timeout', at: 140 },
  ],
  'deadline-moved': [
    'ada',
    null,
    up,
    pausing,
    { type: 'deadline.moved', operation: 2, deadline: 50_000, at: 30 },
  ],
  snapshotting: ['ada', 60_000, up, capturing],
  captured: ['ada', null, up, capturing, captured],
  'capture-failed': [
    'ada',
    null,
    up,
    capturing,
    { type: 'snapshot.failed', operation: 2, reason: 'full', at: 30 },
  ],
  suspending: ['ada', 1_000, up, { type: 'timeout', at: 1_010 }],
  'suspend-failed': [
    'ada',
    1_000,
    up,
    pausing,
    { type: 'suspend.failed', operation: 2, reason: 'no', at: 999 },
  ],
  'suspend-too-late': ['ada', 1_000, up, pausing, { type: 'timeout', at: 30_020 }],
  suspended: ['ada', 60_000, up, pausing, paused],
  resuming: ['ada', 60_000, up, pausing, paused, { type: 'resume', at: 40 }],
  resumed: [
    'ada',
    60_000,
    ...[up, pausing, paused],
    { type: 'resume', at: 40 },
    { type: 'resume.completed', operation: 3, at: 50 },
  ],
  'resume-failed': [
    'ada',
    60_000,
    ...[up, pausing, paused],
    { type: 'resume', at: 40 },
    { type: 'resume.failed', operation: 3, reason: 'gone', at: 50 },
  ],
  terminated: ['ada', 60_000, up, { type: 'terminate', at: 20 }],
  crashed: ['ada', 60_000, up, { type: 'crashed', incarnation: 1, reason: 'exit code 137', at: 20 }],
  'start-failed': ['ada', null, { type: 'boot.failed', operation: 1, reason: 'no such image', at: 5 }],
  'start-timed-out': ['ada', null, { type: 'timeout', at: 120_000 }],
  'timed-out': [null, 1_000, up, { type: 'timeout', at: 1_010 }],
  'clock-set-back': [null, 60_000, up, { ...capturing, at: -5 }, { ...captured, at: -4 }],
};

/** The history of each sandbox, as the current code creates it. */
export function goldenHistories(): Readonly<Record<string, readonly HistoryRow[]>> {
  let sequence = 0;
  return Object.fromEntries(
    Object.entries(histories).map(([sandboxId, [name, timeoutMs, ...events]]) => {
      let { sandbox } = createSandbox({ id: sandboxId, name, timeoutMs, at: 0 }, policy);
      const who = { namespace: 'default', sandboxId, actor: 'user', cause: 'request', policy };
      const limits = { timeoutMs, idleTimeoutMs: null, suspendedTimeoutMs: null };
      const created = { type: 'created', name, ...limits, at: 0 } as const;
      const rows: HistoryRow[] = [
        {
          ...who,
          sequence: ++sequence,
          version: 1,
          from: null,
          to: 'pending',
          event: created,
          at: 0,
          sandbox,
        },
      ];
      for (const event of events) {
        const from = sandbox.status;
        ({ sandbox } = transition(sandbox, event, policy));
        const { version, status: to } = sandbox;
        rows.push({ ...who, sequence: ++sequence, version, from, to, event, at: event.at, sandbox });
      }
      return [sandboxId, rows];
    }),
  );
}

/** A snapshot of each status, as the current code creates it. */
export function goldenSnapshots(): readonly SnapshotRecord[] {
  const rows = goldenHistories()['snapshotting'] ?? [];
  const [before, after] = rows.slice(-2);
  if (!before || !after) throw new Error('The sandbox with a capture in progress is missing.');
  const entry = { ...before, configuration: defaultConfiguration, released: false, revision: 2 };
  const begun = begunSnapshot(entry, after.sandbox, 'filesystem');
  if (!begun) throw new Error('The capture in progress does not have a snapshot.');
  return [
    begun,
    { ...begun, id: 'local', status: 'local_ready' },
    { ...settledSnapshot(begun, captured, { uri: 'file:snapshot', sizeBytes: 4096 }), id: 'completed' },
    { ...settledSnapshot(begun, { type: 'timeout', at: 60_020 }), id: 'failed' },
  ];
}
