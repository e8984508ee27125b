/**
 * A second implementation of the contract, as one flat function. It imports nothing from `src`, so that an agreement
 * with the machine means that two independent readings of the contract agree.
 */

// biome-ignore lint/suspicious/noExplicitAny: the oracle shares no types with the machine that it checks
type Loose = any;

export interface Verdict {
  outcome: 'applied' | 'unchanged' | 'refused';
  sandbox: Loose;
  effects: { type: string; operation?: number; deadline?: number | null; generation?: number }[];
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

const COMMANDS = [
  'suspend',
  'resume',
  'snapshot',
  'terminate',
  'rename',
  'keepalive',
  'setTimeouts',
  'configure',
];
const LIMITS = ['timeoutMs', 'idleTimeoutMs', 'suspendedTimeoutMs'];

export function oracle(s: Loose, e: Loose, n: Numbers = numbers): Verdict {
  const updatedAt = Math.max(e.at, s.updatedAt);
  const unchanged = (reason: string): Verdict => ({ outcome: 'unchanged', sandbox: s, effects: [], reason });
  const refused = (code: string): Verdict => ({ outcome: 'refused', sandbox: s, effects: [], code });
  const applied = (fields: object, effects: Verdict['effects'] = []): Verdict => ({
    outcome: 'applied',
    sandbox: { ...s, version: s.version + 1, updatedAt, ...fields },
    effects,
  });
  const begin = (kind: 'snapshot' | 'suspend' | 'resume', fields: object): Verdict => {
    const id = s.operations + 1;
    const deadline = e.at + n[kind];
    const effect: Verdict['effects'][number] = { type: kind, operation: id, deadline };
    if (kind === 'resume') effect.generation = s.generation;
    return applied({ operation: { id, kind, deadline }, operations: id, ...fields }, [effect]);
  };
  const over = (result: string, reason: string | null = null) => ({
    operation: null,
    lastOperation: { id: s.operation.id, kind: s.operation.kind, result, reason, at: updatedAt },
  });
  const end = (outcome: Loose, fields: object = {}): Verdict =>
    applied(
      {
        ...fields,
        status: 'terminated',
        operation: null,
        incarnation: null,
        expiresAt: null,
        idleAt: null,
        discardAt: null,
        snapshotId: null,
        pendingReason: null,
        outcome: { detail: null, exitCode: null, ...outcome },
        terminatedAt: updatedAt,
      },
      [{ type: 'release', operation: s.operations + 1, deadline: null }],
    );
  const from = (limitMs: number | null) => (limitMs === null ? null : e.at + limitMs);
  const started = () => ({
    ...over('completed'),
    status: 'running',
    incarnation: e.operation,
    expiresAt: from(s.timeoutMs),
    idleAt: from(s.idleTimeoutMs),
    discardAt: null,
  });

  const mine = s.operation !== null && s.operation.id === e.operation;
  const opDue = s.operation !== null && e.at >= s.operation.deadline;
  const runs = s.status === 'running' || s.status === 'snapshotting' || s.status === 'suspending';

  // Rows of every status except terminated.
  if (s.status !== 'terminated') {
    if (e.type === 'terminate') return end({ result: 'success', reason: 'user_terminated' });
    if (e.type === 'rename') {
      if (e.name === '') return refused('invalid');
      return e.name === s.name ? unchanged('satisfied') : applied({ name: e.name });
    }
    if (e.type === 'configure') {
      const generation = s.generation + 1;
      const live = s.status === 'running' || s.status === 'snapshotting';
      return applied({ generation }, live ? [{ type: 'configure', generation }] : []);
    }
    if (e.type === 'setTimeouts') {
      const given = LIMITS.filter((limit) => e[limit] !== undefined);
      if (given.length === 0 || given.some((limit) => e[limit] !== null && e[limit] < 1))
        return refused('invalid');
      const next: Loose = {};
      for (const limit of given) next[limit] = e[limit];
      if (runs && e.timeoutMs !== undefined) next.expiresAt = from(e.timeoutMs);
      if (runs && e.idleTimeoutMs !== undefined) next.idleAt = from(e.idleTimeoutMs);
      if (s.status === 'suspended' && e.suspendedTimeoutMs !== undefined)
        next.discardAt = from(e.suspendedTimeoutMs);
      const same = Object.keys(next).every((field) => next[field] === s[field]);
      return same ? unchanged('satisfied') : applied(next);
    }
  }
  if (e.type === 'deadline.moved') {
    if (!mine) return unchanged('stale');
    if (e.deadline === s.operation.deadline) return unchanged('satisfied');
    return applied({ operation: { ...s.operation, deadline: e.deadline } });
  }
  if (e.type === 'crashed') {
    if (!runs || s.incarnation !== e.incarnation) return unchanged('stale');
    return end({ result: 'failure', reason: 'crashed', detail: e.reason });
  }
  if (e.type === 'exited') {
    if (!runs || s.status === 'suspending' || s.incarnation !== e.incarnation) return unchanged('stale');
    const { exitCode, reason: detail } = e;
    return exitCode === 0
      ? end({ result: 'success', reason: 'completed', detail, exitCode })
      : end({ result: 'failure', reason: 'crashed', detail, exitCode });
  }
  if (e.type === 'lost') {
    if (s.status !== 'suspended' || s.operation !== null || e.version !== s.version)
      return unchanged('stale');
    return end({ result: 'failure', reason: 'lost', detail: e.reason });
  }

  if (s.status === 'pending') {
    if (e.type === 'boot.progressed' && mine) {
      if (s.pendingReason === e.pendingReason) return unchanged('satisfied');
      return applied({ pendingReason: e.pendingReason });
    }
    if (e.type === 'boot.completed' && mine) return applied({ ...started(), pendingReason: null });
    if (e.type === 'boot.failed' && mine)
      return end({ result: 'failure', reason: 'startup_failed', detail: e.reason }, over('failed', e.reason));
    if (e.type === 'timeout') {
      if (!opDue) return unchanged('not_due');
      return end({ result: 'failure', reason: 'startup_timed_out' }, over('timed_out'));
    }
  }

  if (s.status === 'running') {
    if (e.type === 'snapshot') {
      if (e.snapshotId === '') return refused('invalid');
      return begin('snapshot', { status: 'snapshotting', snapshotId: e.snapshotId });
    }
    if (e.type === 'suspend')
      return s.name === null ? refused('ephemeral') : begin('suspend', { status: 'suspending' });
    if (e.type === 'timeout') {
      const due = Math.min(s.expiresAt ?? Number.POSITIVE_INFINITY, s.idleAt ?? Number.POSITIVE_INFINITY);
      if (e.at < due) return unchanged('not_due');
      if (s.name !== null) return begin('suspend', { status: 'suspending' });
      const detail = due === s.expiresAt ? null : 'idle';
      return end({ result: 'success', reason: 'timeout', detail });
    }
    if (e.type === 'resume') return unchanged('satisfied');
  }

  if ((s.status === 'running' || s.status === 'snapshotting') && e.type === 'keepalive') {
    const idleAt = from(s.idleTimeoutMs);
    if (idleAt === null || idleAt <= s.idleAt) return unchanged('satisfied');
    return applied({ idleAt });
  }

  if (s.status === 'snapshotting') {
    const back = { status: 'running', snapshotId: null };
    if (e.type === 'snapshot.completed' && mine) return applied({ ...over('completed'), ...back });
    if (e.type === 'snapshot.failed' && mine) return applied({ ...over('failed', e.reason), ...back });
    if (e.type === 'timeout')
      return opDue ? applied({ ...over('timed_out'), ...back }) : unchanged('not_due');
  }

  if (s.status === 'suspending') {
    if (e.type === 'suspend.completed' && mine) {
      return applied({
        ...over('completed'),
        status: 'suspended',
        expiresAt: null,
        idleAt: null,
        incarnation: null,
        discardAt: from(s.suspendedTimeoutMs),
      });
    }
    const failed = e.type === 'suspend.failed' && mine;
    if (failed || (e.type === 'timeout' && opDue)) {
      const later = (limit: number | null) => (limit === null ? null : Math.max(limit, e.at + n.retry));
      return applied({
        ...(failed ? over('failed', e.reason) : over('timed_out')),
        status: 'running',
        expiresAt: later(s.expiresAt),
        idleAt: later(s.idleAt),
      });
    }
    if (e.type === 'suspend') return unchanged('joined');
  }

  if (s.status === 'suspended' && s.operation === null) {
    if (e.type === 'resume') return begin('resume', {});
    if (e.type === 'suspend') return unchanged('satisfied');
    if (e.type === 'timeout') {
      if (s.discardAt === null || e.at < s.discardAt) return unchanged('not_due');
      return end({ result: 'success', reason: 'discarded' });
    }
  }

  if (s.status === 'suspended' && s.operation !== null) {
    if (e.type === 'resume.completed' && mine) return applied(started());
    const failed = e.type === 'resume.failed' && mine;
    if (failed || (e.type === 'timeout' && opDue)) {
      const result = failed ? over('failed', e.reason) : over('timed_out');
      return applied({ ...result, discardAt: from(s.suspendedTimeoutMs) });
    }
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
    lastOperation: null,
    operations: 1,
    incarnation: null,
    generation: 1,
    timeoutMs: input.timeoutMs ?? null,
    idleTimeoutMs: input.idleTimeoutMs ?? null,
    suspendedTimeoutMs: input.suspendedTimeoutMs ?? null,
    expiresAt: null,
    idleAt: null,
    discardAt: null,
    snapshotId: null,
    pendingReason: 'scheduling',
    outcome: null,
    createdAt: input.at,
    updatedAt: input.at,
    terminatedAt: null,
  };
  return { outcome: 'applied', sandbox, effects: [{ type: 'boot', operation: 1, deadline, generation: 1 }] };
}
