import {
  defaultPolicy,
  type Effect,
  MalformedInputError,
  type Policy,
  type Refusal,
  type Sandbox,
  type SandboxEvent,
} from '../src/index.ts';

/** The result of the hand-written rival: the same as that of `transition`. */
export interface Outcome {
  readonly outcome: 'applied' | 'unchanged' | 'refused';
  readonly sandbox: Sandbox;
  readonly effects: readonly Effect[];
  readonly reason?: string;
  readonly refusal?: Refusal;
}

type Writable = { -readonly [Field in keyof Sandbox]: Sandbox[Field] };
// biome-ignore lint/suspicious/noExplicitAny: an event is any value until it is checked
type Loose = any;

const none: readonly Effect[] = Object.freeze([]) as readonly Effect[];
const latest = 8_640_000_000_000_000;
const longest = Number.MAX_SAFE_INTEGER - latest;

/**
 * The whole lifecycle written by hand for speed: one switch without a table, named guards, named updates or the machine. It
 * checks events and says sentences as `transition` does. A test holds the two equal; the benchmark compares their speed.
 */
export function handWritten(s: Sandbox, event: SandboxEvent, policy: Policy = defaultPolicy): Outcome {
  const e: Loose = event;
  if (typeof e !== 'object' || e === null || Array.isArray(e)) throw bad('event', 'an object', e);
  const type: SandboxEvent['type'] = e.type;
  switch (type) {
    case 'suspend':
      return suspend(s, instant(e), policy);
    case 'resume':
      return resume(s, instant(e), policy);
    case 'terminate':
      if (s.status !== 'terminated') return end(s, instant(e), 'success', 'user_terminated', null, null);
      instant(e);
      return unchanged(s, 'satisfied');
    case 'keepalive':
      return keepalive(s, instant(e));
    case 'configure':
      return configure(s, instant(e));
    case 'timeout':
      return timeout(s, instant(e), policy);
    case 'snapshot':
      return snapshot(s, instant(e), string(e, 'snapshotId'), policy);
    case 'rename':
      return rename(s, instant(e), string(e, 'name'));
    case 'setTimeouts':
      return setTimeouts(
        s,
        instant(e),
        limit(e, 'timeoutMs'),
        limit(e, 'idleTimeoutMs'),
        limit(e, 'suspendedTimeoutMs'),
      );
    case 'boot.progressed':
      return progress(s, instant(e), whole(e, 'operation'), pendingReason(e));
    case 'boot.completed':
      return started(s, instant(e), whole(e, 'operation'), 'pending');
    case 'resume.completed':
      return started(s, instant(e), whole(e, 'operation'), 'suspended');
    case 'boot.failed':
      return bootFailed(s, instant(e), whole(e, 'operation'), string(e, 'reason'));
    case 'snapshot.completed':
      return captured(s, instant(e), whole(e, 'operation'), 'completed', null);
    case 'snapshot.failed':
      return captured(s, instant(e), whole(e, 'operation'), 'failed', string(e, 'reason'));
    case 'suspend.completed':
      return paused(s, instant(e), whole(e, 'operation'));
    case 'suspend.failed':
      return suspendFailed(s, instant(e), whole(e, 'operation'), string(e, 'reason'), policy);
    case 'resume.failed':
      return resumeFailed(s, instant(e), whole(e, 'operation'), string(e, 'reason'));
    case 'crashed':
      return crashed(s, instant(e), whole(e, 'incarnation'), string(e, 'reason'));
    case 'exited':
      return exited(s, instant(e), whole(e, 'incarnation'), e);
    case 'lost':
      return lost(s, instant(e), whole(e, 'version'), string(e, 'reason'));
    case 'deadline.moved':
      return moved(s, instant(e), whole(e, 'operation'), whole(e, 'deadline'));
    default:
      throw bad(
        'event.type',
        'one of suspend, resume, snapshot, rename, keepalive, setTimeouts, configure, terminate, boot.progressed, boot.completed, boot.failed, snapshot.completed, snapshot.failed, suspend.completed, suspend.failed, resume.completed, resume.failed, crashed, exited, lost, timeout, deadline.moved',
        type,
      );
  }
}

const bad = (path: string, must: string, value: unknown) => new MalformedInputError(path, must, value);

function instant(e: Loose): number {
  const { at } = e;
  if (Number.isSafeInteger(at) && at >= -latest && at <= latest) return at;
  throw bad('event.at', `a whole number from -${latest} to ${latest}`, at);
}

function whole(e: Loose, field: string): number {
  const value = e[field];
  if (Number.isSafeInteger(value)) return value;
  throw bad(`event.${field}`, 'a whole number', value);
}

function string(e: Loose, field: string): string {
  const value = e[field];
  if (typeof value === 'string') return value;
  throw bad(`event.${field}`, 'a string', value);
}

function limit(e: Loose, field: string): number | null | undefined {
  const value = e[field];
  if (value === undefined || value === null) return value;
  if (Number.isSafeInteger(value) && value <= longest) return value;
  throw bad(`event.${field}`, `null or a whole number from -${Number.MAX_SAFE_INTEGER} to ${longest}`, value);
}

function pendingReason(e: Loose): NonNullable<Sandbox['pendingReason']> {
  const value = e.pendingReason;
  switch (value) {
    case 'scheduling':
    case 'waiting_for_container':
    case 'no_executors_available':
    case 'no_resources_available':
    case 'pool_at_capacity':
      return value;
    default:
      throw bad(
        'event.pendingReason',
        'one of scheduling, waiting_for_container, no_executors_available, no_resources_available, pool_at_capacity',
        value,
      );
  }
}

function unchanged(sandbox: Sandbox, reason: string): Outcome {
  return { outcome: 'unchanged', sandbox, effects: none, reason };
}

function refused(sandbox: Sandbox, verb: string, code: Refusal['code'], why: string): Outcome {
  const { status } = sandbox;
  const refusal: Refusal = { code, message: `Cannot ${verb} a ${status} sandbox: ${why}.`, status };
  return { outcome: 'refused', sandbox, effects: none, refusal };
}

/** The refusal where the table has no row for a command. */
function refuse(s: Sandbox, verb: string): Outcome {
  if (s.status === 'terminated')
    return refused(s, verb, 'terminal', 'terminated is final; create a new one instead');
  if (verb === 'suspend' && s.name === null) return ephemeral(s);
  if (s.operation !== null)
    return refused(s, verb, 'busy', `its ${s.operation.kind} is in progress; try again when it has finished`);
  return refused(s, verb, 'not_running', 'it is not running; resume it first');
}

const ephemeral = (s: Sandbox) =>
  refused(
    s,
    'suspend',
    'ephemeral',
    'it has no name, and only named sandboxes can be suspended; give it a name first',
  );

/** A copy one version later. A literal is the fastest way in current engines. */
function copy(s: Sandbox, at: number): Writable {
  return {
    id: s.id,
    name: s.name,
    status: s.status,
    version: s.version + 1,
    operation: s.operation,
    lastOperation: s.lastOperation,
    operations: s.operations,
    incarnation: s.incarnation,
    generation: s.generation,
    timeoutMs: s.timeoutMs,
    idleTimeoutMs: s.idleTimeoutMs,
    suspendedTimeoutMs: s.suspendedTimeoutMs,
    expiresAt: s.expiresAt,
    idleAt: s.idleAt,
    discardAt: s.discardAt,
    snapshotId: s.snapshotId,
    pendingReason: s.pendingReason,
    outcome: s.outcome,
    createdAt: s.createdAt,
    updatedAt: s.updatedAt > at ? s.updatedAt : at,
    terminatedAt: s.terminatedAt,
  };
}

const applied = (sandbox: Sandbox, effects: readonly Effect[] = none): Outcome => ({
  outcome: 'applied',
  sandbox,
  effects,
});

function suspend(s: Sandbox, at: number, policy: Policy): Outcome {
  if (s.status === 'running') return s.name === null ? ephemeral(s) : beginSuspend(s, at, policy);
  if (s.status === 'suspending') return unchanged(s, 'joined');
  if (s.status === 'suspended' && s.operation === null) return unchanged(s, 'satisfied');
  return refuse(s, 'suspend');
}

function beginSuspend(s: Sandbox, at: number, policy: Policy): Outcome {
  const next = copy(s, at);
  const operation = s.operations + 1;
  const deadline = at + policy.operationLimitSeconds.suspend * 1000;
  next.status = 'suspending';
  next.operations = operation;
  next.operation = { id: operation, kind: 'suspend', deadline };
  return applied(next, [{ type: 'suspend', operation, deadline }]);
}

function resume(s: Sandbox, at: number, policy: Policy): Outcome {
  if (s.status === 'running') return unchanged(s, 'satisfied');
  if (s.status !== 'suspended') return refuse(s, 'resume');
  if (s.operation !== null) return unchanged(s, 'joined');
  const next = copy(s, at);
  const operation = s.operations + 1;
  const deadline = at + policy.operationLimitSeconds.resume * 1000;
  next.operations = operation;
  next.operation = { id: operation, kind: 'resume', deadline };
  return applied(next, [{ type: 'resume', operation, deadline, generation: s.generation }]);
}

function snapshot(s: Sandbox, at: number, snapshotId: string, policy: Policy): Outcome {
  if (s.status !== 'running') return refuse(s, 'snapshot');
  if (snapshotId === '')
    return refused(
      s,
      'snapshot',
      'invalid',
      'the snapshot id is empty; pass an id of at least one character that no other snapshot has',
    );
  const next = copy(s, at);
  const operation = s.operations + 1;
  const deadline = at + policy.operationLimitSeconds.snapshot * 1000;
  next.status = 'snapshotting';
  next.snapshotId = snapshotId;
  next.operations = operation;
  next.operation = { id: operation, kind: 'snapshot', deadline };
  return applied(next, [{ type: 'snapshot', operation, deadline }]);
}

function rename(s: Sandbox, at: number, name: string): Outcome {
  if (s.status === 'terminated') return refuse(s, 'rename');
  if (name === '')
    return refused(
      s,
      'rename',
      'invalid',
      'the new name is empty, and a name can be changed but not removed; pass a name of at least one character',
    );
  if (name === s.name) return unchanged(s, 'satisfied');
  const next = copy(s, at);
  next.name = name;
  return applied(next);
}

function keepalive(s: Sandbox, at: number): Outcome {
  if (s.status !== 'running' && s.status !== 'snapshotting') return refuse(s, 'keep alive');
  if (s.idleTimeoutMs === null || s.idleAt === null || at + s.idleTimeoutMs <= s.idleAt)
    return unchanged(s, 'satisfied');
  const next = copy(s, at);
  next.idleAt = at + s.idleTimeoutMs;
  return applied(next);
}

function configure(s: Sandbox, at: number): Outcome {
  if (s.status === 'terminated') return refuse(s, 'configure');
  const next = copy(s, at);
  const generation = s.generation + 1;
  next.generation = generation;
  const isLive = s.status === 'running' || s.status === 'snapshotting';
  return applied(next, isLive ? [{ type: 'configure', generation }] : none);
}

type Limit = number | null | undefined;

function setTimeouts(s: Sandbox, at: number, run: Limit, idle: Limit, kept: Limit): Outcome {
  if (s.status === 'terminated') return refuse(s, 'set the timeouts of');
  if (run === undefined && idle === undefined && kept === undefined)
    return refused(
      s,
      'set the timeouts of',
      'invalid',
      'no limit is given; pass at least one of timeoutMs, idleTimeoutMs and suspendedTimeoutMs',
    );
  if (isBelowOne(run) || isBelowOne(idle) || isBelowOne(kept))
    return refused(
      s,
      'set the timeouts of',
      'invalid',
      'a limit is below 1 ms; pass a whole number of ms from 1, or null for no limit',
    );
  const runs = s.incarnation !== null;
  const timeoutMs = run === undefined ? s.timeoutMs : run;
  const idleTimeoutMs = idle === undefined ? s.idleTimeoutMs : idle;
  const suspendedTimeoutMs = kept === undefined ? s.suspendedTimeoutMs : kept;
  const expiresAt = runs && run !== undefined ? after(at, run) : s.expiresAt;
  const idleAt = runs && idle !== undefined ? after(at, idle) : s.idleAt;
  const discardAt = s.status === 'suspended' && kept !== undefined ? after(at, kept) : s.discardAt;
  if (
    timeoutMs === s.timeoutMs &&
    idleTimeoutMs === s.idleTimeoutMs &&
    suspendedTimeoutMs === s.suspendedTimeoutMs &&
    expiresAt === s.expiresAt &&
    idleAt === s.idleAt &&
    discardAt === s.discardAt
  )
    return unchanged(s, 'satisfied');
  const next = copy(s, at);
  next.timeoutMs = timeoutMs;
  next.idleTimeoutMs = idleTimeoutMs;
  next.suspendedTimeoutMs = suspendedTimeoutMs;
  next.expiresAt = expiresAt;
  next.idleAt = idleAt;
  next.discardAt = discardAt;
  return applied(next);
}

const isBelowOne = (value: Limit) => typeof value === 'number' && value < 1;
const after = (at: number, limitMs: number | null) => (limitMs === null ? null : at + limitMs);

function progress(
  s: Sandbox,
  at: number,
  id: number,
  reason: NonNullable<Sandbox['pendingReason']>,
): Outcome {
  if (s.status !== 'pending' || s.operation?.id !== id) return unchanged(s, 'stale');
  if (s.pendingReason === reason) return unchanged(s, 'satisfied');
  const next = copy(s, at);
  next.pendingReason = reason;
  return applied(next);
}

function started(s: Sandbox, at: number, id: number, from: 'pending' | 'suspended'): Outcome {
  if (s.status !== from || s.operation?.id !== id) return unchanged(s, 'stale');
  const next = settled(s, at, 'completed', null);
  next.status = 'running';
  next.incarnation = id;
  next.pendingReason = null;
  next.expiresAt = after(at, s.timeoutMs);
  next.idleAt = after(at, s.idleTimeoutMs);
  next.discardAt = null;
  return applied(next);
}

type Result = NonNullable<Sandbox['lastOperation']>['result'];

/** A copy whose operation in flight has ended by itself. */
function settled(s: Sandbox, at: number, result: Result, reason: string | null): Writable {
  const next = copy(s, at);
  const { operation } = s;
  if (operation === null) return next;
  next.lastOperation = { id: operation.id, kind: operation.kind, result, reason, at: next.updatedAt };
  next.operation = null;
  return next;
}

function bootFailed(s: Sandbox, at: number, id: number, reason: string): Outcome {
  if (s.status !== 'pending' || s.operation?.id !== id) return unchanged(s, 'stale');
  return ended(settled(s, at, 'failed', reason), 'failure', 'startup_failed', reason, null);
}

function captured(s: Sandbox, at: number, id: number, result: Result, reason: string | null): Outcome {
  if (s.status !== 'snapshotting' || s.operation?.id !== id) return unchanged(s, 'stale');
  const next = settled(s, at, result, reason);
  next.status = 'running';
  next.snapshotId = null;
  return applied(next);
}

function paused(s: Sandbox, at: number, id: number): Outcome {
  if (s.status !== 'suspending' || s.operation?.id !== id) return unchanged(s, 'stale');
  const next = settled(s, at, 'completed', null);
  next.status = 'suspended';
  next.incarnation = null;
  next.expiresAt = null;
  next.idleAt = null;
  next.discardAt = after(at, s.suspendedTimeoutMs);
  return applied(next);
}

function suspendFailed(s: Sandbox, at: number, id: number, reason: string, policy: Policy): Outcome {
  if (s.status !== 'suspending' || s.operation?.id !== id) return unchanged(s, 'stale');
  return runsOn(settled(s, at, 'failed', reason), at, policy);
}

function runsOn(next: Writable, at: number, policy: Policy): Outcome {
  const retryAt = at + policy.suspendRetryDelaySeconds * 1000;
  next.status = 'running';
  if (next.expiresAt !== null && next.expiresAt < retryAt) next.expiresAt = retryAt;
  if (next.idleAt !== null && next.idleAt < retryAt) next.idleAt = retryAt;
  return applied(next);
}

function resumeFailed(s: Sandbox, at: number, id: number, reason: string): Outcome {
  if (s.status !== 'suspended' || s.operation?.id !== id) return unchanged(s, 'stale');
  const next = settled(s, at, 'failed', reason);
  next.discardAt = after(at, s.suspendedTimeoutMs);
  return applied(next);
}

function crashed(s: Sandbox, at: number, incarnation: number, reason: string): Outcome {
  if (s.incarnation !== incarnation) return unchanged(s, 'stale');
  return end(s, at, 'failure', 'crashed', reason, null);
}

function exited(s: Sandbox, at: number, incarnation: number, e: Loose): Outcome {
  const { exitCode, reason } = e;
  if (exitCode !== null && !Number.isSafeInteger(exitCode))
    throw bad('event.exitCode', 'null or a whole number', exitCode);
  if (reason !== null && typeof reason !== 'string') throw bad('event.reason', 'null or a string', reason);
  if (s.incarnation !== incarnation || s.status === 'suspending') return unchanged(s, 'stale');
  return exitCode === 0
    ? end(s, at, 'success', 'completed', reason, 0)
    : end(s, at, 'failure', 'crashed', reason, exitCode);
}

function lost(s: Sandbox, at: number, version: number, reason: string): Outcome {
  if (s.status !== 'suspended' || s.operation !== null || s.version !== version) return unchanged(s, 'stale');
  return end(s, at, 'failure', 'lost', reason, null);
}

function moved(s: Sandbox, at: number, id: number, deadline: number): Outcome {
  const { operation } = s;
  if (operation === null || operation.id !== id) return unchanged(s, 'stale');
  if (operation.deadline === deadline) return unchanged(s, 'satisfied');
  const next = copy(s, at);
  next.operation = { id, kind: operation.kind, deadline };
  return applied(next);
}

function timeout(s: Sandbox, at: number, policy: Policy): Outcome {
  const { operation, expiresAt, idleAt } = s;
  if (operation !== null) return at < operation.deadline ? unchanged(s, 'not_due') : overdue(s, at, policy);
  if (s.status === 'running') {
    const isIdle = idleAt !== null && (expiresAt === null || idleAt < expiresAt);
    const due = isIdle ? idleAt : expiresAt;
    if (due === null || at < due) return unchanged(s, 'not_due');
    if (s.name !== null) return beginSuspend(s, at, policy);
    return end(s, at, 'success', 'timeout', isIdle ? 'idle' : null, null);
  }
  if (s.discardAt === null || at < s.discardAt) return unchanged(s, 'not_due');
  return end(s, at, 'success', 'discarded', null, null);
}

/** The operation in flight has passed its deadline. */
function overdue(s: Sandbox, at: number, policy: Policy): Outcome {
  const next = settled(s, at, 'timed_out', null);
  switch (s.status) {
    case 'pending':
      return ended(next, 'failure', 'startup_timed_out', null, null);
    case 'snapshotting':
      next.status = 'running';
      next.snapshotId = null;
      return applied(next);
    case 'suspending':
      return runsOn(next, at, policy);
    default:
      next.discardAt = after(at, s.suspendedTimeoutMs);
      return applied(next);
  }
}

type End = NonNullable<Sandbox['outcome']>;

function end(
  s: Sandbox,
  at: number,
  result: End['result'],
  reason: End['reason'],
  detail: string | null,
  exitCode: number | null,
): Outcome {
  return ended(copy(s, at), result, reason, detail, exitCode);
}

function ended(
  next: Writable,
  result: End['result'],
  reason: End['reason'],
  detail: string | null,
  exitCode: number | null,
): Outcome {
  next.status = 'terminated';
  next.operation = null;
  next.incarnation = null;
  next.expiresAt = null;
  next.idleAt = null;
  next.discardAt = null;
  next.snapshotId = null;
  next.pendingReason = null;
  next.outcome = { result, reason, detail, exitCode };
  next.terminatedAt = next.updatedAt;
  return applied(next, [{ type: 'release', operation: next.operations + 1, deadline: null }]);
}
