/**
 * A second implementation of the contract, as one flat function. It imports nothing from `src`, so that an agreement
 * with the machine means that two independent readings of the contract agree.
 */

// biome-ignore lint/suspicious/noExplicitAny: the oracle shares no types with the machine that it checks
type Loose = any;

export interface Verdict {
  outcome: 'applied' | 'unchanged' | 'refused';
  sandbox: Loose;
  effects: { type: string; operation: number; deadline: number | null }[];
  reason?: string;
  code?: string;
}

export interface Numbers {
  boot: number;
  snapshot: number;
  suspend: number;
  resume: number;
  retry: number;
}

/** The limits of the contract's section 6, in ms. */
export const numbers: Numbers = { boot: 600e3, snapshot: 600e3, suspend: 300e3, resume: 300e3, retry: 30e3 };

const COMMANDS = ['suspend', 'resume', 'snapshot', 'terminate', 'rename', 'keepalive'];

export function oracle(s: Loose, e: Loose, n: Numbers = numbers): Verdict {
  const unchanged = (reason: string): Verdict => ({ outcome: 'unchanged', sandbox: s, effects: [], reason });
  const refused = (code: string): Verdict => ({ outcome: 'refused', sandbox: s, effects: [], code });
  const applied = (fields: object, effects: Verdict['effects'] = []): Verdict => {
    const updatedAt = Math.max(e.at, s.updatedAt);
    return { outcome: 'applied', sandbox: { ...s, version: s.version + 1, updatedAt, ...fields }, effects };
  };
  const begin = (kind: 'snapshot' | 'suspend' | 'resume', fields: object): Verdict => {
    const id = s.operations + 1;
    const deadline = e.at + n[kind];
    const effect = { type: kind, operation: id, deadline };
    return applied({ operation: { id, kind, deadline }, operations: id, ...fields }, [effect]);
  };
  const end = (result: string, reason: string, detail: string | null = null): Verdict =>
    applied(
      {
        status: 'terminated',
        operation: null,
        incarnation: null,
        expiresAt: null,
        snapshotId: null,
        pendingReason: null,
        outcome: { result, reason, detail },
        terminatedAt: Math.max(e.at, s.updatedAt),
      },
      [{ type: 'release', operation: s.operations + 1, deadline: null }],
    );

  const start = s.timeoutMs === null ? null : e.at + s.timeoutMs;
  const mine = s.operation !== null && s.operation.id === e.operation;
  const opDue = s.operation !== null && e.at >= s.operation.deadline;

  // Rows of every status except terminated.
  if (s.status !== 'terminated') {
    if (e.type === 'terminate') return end('success', 'user_terminated');
    if (e.type === 'rename') {
      if (e.name === '') return refused('invalid');
      return e.name === s.name ? unchanged('satisfied') : applied({ name: e.name });
    }
  }
  if (e.type === 'crashed') {
    const runs = s.status === 'running' || s.status === 'snapshotting' || s.status === 'suspending';
    return runs && s.incarnation === e.incarnation ? end('failure', 'crashed', e.reason) : unchanged('stale');
  }

  if (s.status === 'pending') {
    if (e.type === 'boot.progressed' && mine) {
      if (s.pendingReason === e.pendingReason) return unchanged('satisfied');
      return applied({ pendingReason: e.pendingReason });
    }
    if (e.type === 'boot.completed' && mine) {
      return applied({
        status: 'running',
        operation: null,
        pendingReason: null,
        expiresAt: start,
        incarnation: e.operation,
      });
    }
    if (e.type === 'boot.failed' && mine) return end('failure', 'startup_failed', e.reason);
    if (e.type === 'timeout') return opDue ? end('failure', 'startup_timed_out') : unchanged('not_due');
  }

  if (s.status === 'running') {
    if (e.type === 'snapshot') {
      if (e.snapshotId === '') return refused('invalid');
      return begin('snapshot', { status: 'snapshotting', snapshotId: e.snapshotId });
    }
    if (e.type === 'suspend')
      return s.name === null ? refused('ephemeral') : begin('suspend', { status: 'suspending' });
    if (e.type === 'timeout') {
      if (s.expiresAt === null || e.at < s.expiresAt) return unchanged('not_due');
      return s.name === null ? end('success', 'timeout') : begin('suspend', { status: 'suspending' });
    }
    if (e.type === 'resume') return unchanged('satisfied');
  }

  if ((s.status === 'running' || s.status === 'snapshotting') && e.type === 'keepalive') {
    if (s.timeoutMs === null || start === null || start <= s.expiresAt) return unchanged('satisfied');
    return applied({ expiresAt: start });
  }

  if (s.status === 'snapshotting') {
    const over = { status: 'running', operation: null, snapshotId: null };
    if ((e.type === 'snapshot.completed' || e.type === 'snapshot.failed') && mine) return applied(over);
    if (e.type === 'timeout') return opDue ? applied(over) : unchanged('not_due');
  }

  if (s.status === 'suspending') {
    if (e.type === 'suspend.completed' && mine) {
      return applied({ status: 'suspended', operation: null, expiresAt: null, incarnation: null });
    }
    const failed = (e.type === 'suspend.failed' && mine) || (e.type === 'timeout' && opDue);
    if (failed) {
      let expiresAt = s.expiresAt;
      if (expiresAt !== null && expiresAt < e.at + n.retry) expiresAt = e.at + n.retry;
      return applied({ status: 'running', operation: null, expiresAt });
    }
    if (e.type === 'suspend') return unchanged('joined');
  }

  if (s.status === 'suspended' && s.operation === null) {
    if (e.type === 'resume') return begin('resume', {});
    if (e.type === 'suspend') return unchanged('satisfied');
  }

  if (s.status === 'suspended' && s.operation !== null) {
    if (e.type === 'resume.completed' && mine) {
      return applied({ status: 'running', operation: null, expiresAt: start, incarnation: e.operation });
    }
    if ((e.type === 'resume.failed' && mine) || (e.type === 'timeout' && opDue))
      return applied({ operation: null });
    if (e.type === 'resume') return unchanged('joined');
  }

  if (s.status === 'terminated' && e.type === 'terminate') return unchanged('satisfied');

  // Everything else.
  if (e.type === 'timeout') return unchanged('not_due');
  if (!COMMANDS.includes(e.type)) return unchanged('stale');
  if (s.status === 'terminated') return refused('terminal');
  if (e.type === 'suspend' && s.name === null) return refused('ephemeral');
  if (s.operation !== null) return refused('busy');
  return refused('not_running');
}

/** The first record, according to section 4 of the contract, "(create)". */
export function oracleCreate(input: Loose, n: Numbers = numbers): Verdict {
  const deadline = input.at + n.boot;
  const sandbox = {
    id: input.id,
    name: input.name ?? null,
    status: 'pending',
    version: 1,
    operation: { id: 1, kind: 'boot', deadline },
    operations: 1,
    incarnation: null,
    timeoutMs: input.timeoutMs ?? null,
    expiresAt: null,
    snapshotId: null,
    pendingReason: 'scheduling',
    outcome: null,
    createdAt: input.at,
    updatedAt: input.at,
    terminatedAt: null,
  };
  return { outcome: 'applied', sandbox, effects: [{ type: 'boot', operation: 1, deadline }] };
}
