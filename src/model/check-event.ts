import {
  type Check,
  instant,
  integer,
  MalformedInputError,
  mustBe,
  mustBeObject,
  oneOf,
  orNull,
  text,
  whole,
} from './checks.ts';
import {
  type EventType,
  eventTypes,
  type Payload,
  type PayloadOf,
  type SandboxEvent,
  type TimeoutsInput,
} from './events.ts';
import { latestInstantMs, longestTimeoutMs, type PendingReason, pendingReasons } from './sandbox.ts';

type Unchecked = Readonly<Record<string, unknown>>;

const pendingReason = oneOf(pendingReasons);
const integerOrNull = orNull(integer);
const textOrNull = orNull(text);
/** The command refuses a limit below 1. One that cannot be counted, or that is not a number, is malformed. */
const limit = orNull(whole(-Number.MAX_SAFE_INTEGER, longestTimeoutMs));

/** The events that have a type and a time, and nothing else. One object of each type is enough. */
const suspend = { type: 'suspend' } as const;
const resume = { type: 'resume' } as const;
const terminate = { type: 'terminate' } as const;
const keepalive = { type: 'keepalive' } as const;
const configure = { type: 'configure' } as const;
const timeout = { type: 'timeout' } as const;

/**
 * Returns a copy of an event with the fields that its type has but for the time, each of them read once, so that nothing
 * can change between its check and its use. `type` and `at` are the type and the time of the event. Throws a
 * {@link MalformedInputError} that names the field, unless the event and its time are well-formed. Fields that the type does
 * not have are not looked at.
 */
export function readPayload(event: Unchecked, type: EventType, at: unknown): Payload {
  if (!isInstant(at)) rejectTime(type, at);
  switch (type) {
    case 'suspend':
      return suspend;
    case 'resume':
      return resume;
    case 'terminate':
      return terminate;
    case 'keepalive':
      return keepalive;
    case 'configure':
      return configure;
    case 'timeout':
      return timeout;
    case 'boot.completed':
    case 'snapshot.completed':
    case 'suspend.completed':
    case 'resume.completed':
      return { type, operation: readInteger('operation', event['operation']) };
    case 'snapshot':
      return { type, snapshotId: readText('snapshotId', event['snapshotId']) };
    case 'rename':
      return { type, name: readText('name', event['name']) };
    case 'setTimeouts':
      return readTimeouts(event);
    case 'boot.progressed':
      return readProgress(event);
    case 'boot.failed':
    case 'snapshot.failed':
    case 'suspend.failed':
    case 'resume.failed':
      return readFailure(type, event);
    case 'crashed':
      return readCrash(event);
    case 'exited':
      return readExit(event);
    case 'lost':
      return readLoss(event);
    case 'deadline.moved':
      return readDeadline(event);
    default:
      return rejectType(type);
  }
}

function rejectType(type: unknown): never {
  throw new MalformedInputError('event.type', `one of ${eventTypes.join(', ')}`, type);
}

/** An unknown type is reported before a bad time. */
function rejectTime(type: EventType, at: unknown): never {
  if (!eventTypes.includes(type)) rejectType(type);
  throw new MalformedInputError('event.at', instant.must, at);
}

type Failure = 'boot.failed' | 'snapshot.failed' | 'suspend.failed' | 'resume.failed';

function readFailure(type: Failure, event: Unchecked): PayloadOf<Failure> {
  const operation = readInteger('operation', event['operation']);
  return { type, operation, reason: readText('reason', event['reason']) };
}

function readProgress(event: Unchecked): PayloadOf<'boot.progressed'> {
  const operation = readInteger('operation', event['operation']);
  const reason = read(pendingReason, 'pendingReason', event['pendingReason']);
  return { type: 'boot.progressed', operation, pendingReason: reason as PendingReason };
}

function readCrash(event: Unchecked): PayloadOf<'crashed'> {
  const incarnation = readInteger('incarnation', event['incarnation']);
  return { type: 'crashed', incarnation, reason: readText('reason', event['reason']) };
}

function readExit(event: Unchecked): PayloadOf<'exited'> {
  const incarnation = readInteger('incarnation', event['incarnation']);
  const exitCode = read(integerOrNull, 'exitCode', event['exitCode']) as number | null;
  const reason = read(textOrNull, 'reason', event['reason']) as string | null;
  return { type: 'exited', incarnation, exitCode, reason };
}

function readLoss(event: Unchecked): PayloadOf<'lost'> {
  const version = readInteger('version', event['version']);
  return { type: 'lost', version, reason: readText('reason', event['reason']) };
}

function readDeadline(event: Unchecked): PayloadOf<'deadline.moved'> {
  const operation = readInteger('operation', event['operation']);
  return { type: 'deadline.moved', operation, deadline: readInteger('deadline', event['deadline']) };
}

function readTimeouts(event: Unchecked): PayloadOf<'setTimeouts'> {
  const timeoutMs = readLimit('timeoutMs', event['timeoutMs']);
  const idleTimeoutMs = readLimit('idleTimeoutMs', event['idleTimeoutMs']);
  const suspendedTimeoutMs = readLimit('suspendedTimeoutMs', event['suspendedTimeoutMs']);
  return { type: 'setTimeouts', timeoutMs, idleTimeoutMs, suspendedTimeoutMs };
}

/** An omitted limit stays. */
function readLimit(field: keyof TimeoutsInput, value: unknown): number | null | undefined {
  return value === undefined ? undefined : (read(limit, field, value) as number | null);
}

/** Returns a checked copy of a whole event. Throws as {@link readPayload} does. */
export function readEvent(event: unknown): SandboxEvent {
  mustBeObject('event', event);
  const { type, at } = event;
  return { ...readPayload(event, type as EventType, at), at } as SandboxEvent;
}

/** Throws as {@link readPayload} does, unless this is a well-formed event. */
export function mustBeEvent(event: unknown): asserts event is SandboxEvent {
  readEvent(event);
}

// The checks below are those of `checks.ts`, written out because they run for every event.

/** Whether a value is an instant in epoch ms, within what `Date` can show. */
export function isInstant(at: unknown): boolean {
  return Number.isSafeInteger(at) && (at as number) >= -latestInstantMs && (at as number) <= latestInstantMs;
}

function readInteger(field: string, value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  return read(integer, field, value) as number;
}

function readText(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  return read(text, field, value) as string;
}

function read(check: Check, field: string, value: unknown): unknown {
  mustBe(check, `event.${field}`, value);
  return value;
}
