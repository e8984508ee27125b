import type { Effect, Sandbox, SandboxEvent } from '../src/index.ts';

/** The result of the hand-written rival: the same record and effects, and only a code for a refusal. */
export interface Outcome {
  readonly sandbox: Sandbox;
  readonly effects: readonly Effect[];
  readonly reason?: string;
}

const none: readonly Effect[] = [];

/**
 * The lifecycle written by hand for speed: a switch without a table, named guards or checks of the event. It returns
 * the same records and effects as the compiled machine. The benchmark compares the two.
 */
export function handWritten(s: Sandbox, e: SandboxEvent): Outcome {
  if (s.status === 'terminated')
    return { sandbox: s, effects: none, reason: e.type === 'terminate' ? 'satisfied' : 'terminal' };
  switch (e.type) {
    case 'terminate':
      return end(s, e.at, 'success', 'user_terminated', null);
    case 'rename':
      if (e.name === '') return { sandbox: s, effects: none, reason: 'invalid' };
      if (e.name === s.name) return { sandbox: s, effects: none, reason: 'satisfied' };
      return { sandbox: copy(s, e.at, { name: e.name }), effects: none };
    case 'crashed':
      if (s.incarnation === null || s.incarnation !== e.incarnation) break;
      return end(s, e.at, 'failure', 'crashed', e.reason);
    case 'boot.progressed':
      if (s.operation?.id !== e.operation || s.status !== 'pending') break;
      if (s.pendingReason === e.pendingReason) return { sandbox: s, effects: none, reason: 'satisfied' };
      return { sandbox: copy(s, e.at, { pendingReason: e.pendingReason }), effects: none };
    case 'boot.completed':
      if (s.operation?.id !== e.operation || s.status !== 'pending') break;
      return { sandbox: start(s, e.at), effects: none };
    case 'boot.failed':
      if (s.operation?.id !== e.operation || s.status !== 'pending') break;
      return end(s, e.at, 'failure', 'startup_failed', e.reason);
    case 'snapshot':
      if (s.status !== 'running') break;
      if (e.snapshotId === '') return { sandbox: s, effects: none, reason: 'invalid' };
      return begin(s, e.at, 'snapshotting', 'snapshot', 600_000, e.snapshotId);
    case 'snapshot.completed':
    case 'snapshot.failed':
      if (s.operation?.id !== e.operation || s.status !== 'snapshotting') break;
      return {
        sandbox: copy(s, e.at, { status: 'running', operation: null, snapshotId: null }),
        effects: none,
      };
    case 'suspend':
      if (s.status === 'suspending') return { sandbox: s, effects: none, reason: 'joined' };
      if (s.status === 'suspended' && s.operation === null)
        return { sandbox: s, effects: none, reason: 'satisfied' };
      if (s.status !== 'running' || s.name === null) break;
      return begin(s, e.at, 'suspending', 'suspend', 300_000, null);
    case 'suspend.completed':
      if (s.operation?.id !== e.operation || s.status !== 'suspending') break;
      return {
        sandbox: copy(s, e.at, { status: 'suspended', operation: null, incarnation: null, expiresAt: null }),
        effects: none,
      };
    case 'suspend.failed':
      if (s.operation?.id !== e.operation || s.status !== 'suspending') break;
      return { sandbox: postponed(s, e.at), effects: none };
    case 'resume':
      if (s.status === 'running') return { sandbox: s, effects: none, reason: 'satisfied' };
      if (s.status !== 'suspended') break;
      if (s.operation !== null) return { sandbox: s, effects: none, reason: 'joined' };
      return begin(s, e.at, 'suspended', 'resume', 300_000, null);
    case 'resume.completed':
      if (s.operation?.id !== e.operation || s.status !== 'suspended') break;
      return { sandbox: start(s, e.at), effects: none };
    case 'resume.failed':
      if (s.operation?.id !== e.operation || s.status !== 'suspended') break;
      return { sandbox: copy(s, e.at, { operation: null }), effects: none };
    case 'keepalive': {
      if (s.status !== 'running' && s.status !== 'snapshotting') break;
      if (s.timeoutMs === null || s.expiresAt === null || e.at + s.timeoutMs <= s.expiresAt) {
        return { sandbox: s, effects: none, reason: 'satisfied' };
      }
      return { sandbox: copy(s, e.at, { expiresAt: e.at + s.timeoutMs }), effects: none };
    }
    case 'timeout':
      return timeout(s, e.at);
  }
  return { sandbox: s, effects: none, reason: 'no' };
}

function timeout(s: Sandbox, at: number): Outcome {
  const deadline = s.operation ? s.operation.deadline : s.expiresAt;
  if (deadline === null || at < deadline) return { sandbox: s, effects: none, reason: 'not_due' };
  switch (s.status) {
    case 'pending':
      return end(s, at, 'failure', 'startup_timed_out', null);
    case 'running':
      if (s.name === null) return end(s, at, 'success', 'timeout', null);
      return begin(s, at, 'suspending', 'suspend', 300_000, null);
    case 'snapshotting':
      return {
        sandbox: copy(s, at, { status: 'running', operation: null, snapshotId: null }),
        effects: none,
      };
    case 'suspending':
      return { sandbox: postponed(s, at), effects: none };
    default:
      return { sandbox: copy(s, at, { operation: null }), effects: none };
  }
}

/** Copies a record with changes. A literal is the fastest way in current engines. */
function copy(s: Sandbox, at: number, to: Partial<Sandbox>): Sandbox {
  return {
    id: s.id,
    name: to.name === undefined ? s.name : to.name,
    status: to.status === undefined ? s.status : to.status,
    version: s.version + 1,
    operation: to.operation === undefined ? s.operation : to.operation,
    operations: to.operations === undefined ? s.operations : to.operations,
    incarnation: to.incarnation === undefined ? s.incarnation : to.incarnation,
    timeoutMs: s.timeoutMs,
    expiresAt: to.expiresAt === undefined ? s.expiresAt : to.expiresAt,
    snapshotId: to.snapshotId === undefined ? s.snapshotId : to.snapshotId,
    pendingReason: to.pendingReason === undefined ? s.pendingReason : to.pendingReason,
    outcome: to.outcome === undefined ? s.outcome : to.outcome,
    createdAt: s.createdAt,
    updatedAt: Math.max(at, s.updatedAt),
    terminatedAt: to.terminatedAt === undefined ? s.terminatedAt : to.terminatedAt,
  };
}

function start(s: Sandbox, at: number): Sandbox {
  const expiresAt = s.timeoutMs === null ? null : at + s.timeoutMs;
  return copy(s, at, {
    status: 'running',
    operation: null,
    incarnation: s.operations,
    pendingReason: null,
    expiresAt,
  });
}

function postponed(s: Sandbox, at: number): Sandbox {
  const expiresAt = s.expiresAt === null ? null : Math.max(s.expiresAt, at + 30_000);
  return copy(s, at, { status: 'running', operation: null, expiresAt });
}

function begin(
  s: Sandbox,
  at: number,
  status: Sandbox['status'],
  kind: 'snapshot' | 'suspend' | 'resume',
  limitMs: number,
  snapshotId: string | null,
): Outcome {
  const id = s.operations + 1;
  const deadline = at + limitMs;
  return {
    sandbox: copy(s, at, { status, operation: { id, kind, deadline }, operations: id, snapshotId }),
    effects: [{ type: kind, operation: id, deadline }],
  };
}

function end(
  s: Sandbox,
  at: number,
  result: 'success' | 'failure',
  reason: NonNullable<Sandbox['outcome']>['reason'],
  detail: string | null,
): Outcome {
  return {
    sandbox: copy(s, at, {
      status: 'terminated',
      operation: null,
      incarnation: null,
      expiresAt: null,
      snapshotId: null,
      pendingReason: null,
      outcome: { result, reason, detail },
      terminatedAt: Math.max(at, s.updatedAt),
    }),
    effects: [{ type: 'release', operation: s.operations + 1, deadline: null }],
  };
}
