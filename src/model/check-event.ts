import { instant, integer, MalformedInputError, mustBe, mustBeObject, oneOf, text } from './checks.ts';
import type { EventType, SandboxEvent } from './events.ts';
import { pendingReasons } from './sandbox.ts';

/** An event whose fields have still to be looked at. */
interface Unchecked {
  readonly [field: string]: unknown;
  readonly at?: unknown;
  readonly name?: unknown;
  readonly snapshotId?: unknown;
  readonly operation?: unknown;
  readonly incarnation?: unknown;
  readonly reason?: unknown;
  readonly pendingReason?: unknown;
}

const pendingReason = oneOf(pendingReasons);

function plain(event: Unchecked): void {
  mustBe(instant, 'event.at', event.at);
}

function snapshot(event: Unchecked): void {
  plain(event);
  mustBe(text, 'event.snapshotId', event.snapshotId);
}

function rename(event: Unchecked): void {
  plain(event);
  mustBe(text, 'event.name', event.name);
}

function answer(event: Unchecked): void {
  plain(event);
  mustBe(integer, 'event.operation', event.operation);
}

function failure(event: Unchecked): void {
  answer(event);
  mustBe(text, 'event.reason', event.reason);
}

function progress(event: Unchecked): void {
  answer(event);
  mustBe(pendingReason, 'event.pendingReason', event.pendingReason);
}

function crash(event: Unchecked): void {
  plain(event);
  mustBe(integer, 'event.incarnation', event.incarnation);
  mustBe(text, 'event.reason', event.reason);
}

const checks: Readonly<Record<EventType, (event: Unchecked) => void>> = {
  suspend: plain,
  resume: plain,
  snapshot,
  rename,
  keepalive: plain,
  terminate: plain,
  'boot.progressed': progress,
  'boot.completed': answer,
  'boot.failed': failure,
  'snapshot.completed': answer,
  'snapshot.failed': failure,
  'suspend.completed': answer,
  'suspend.failed': failure,
  'resume.completed': answer,
  'resume.failed': failure,
  crashed: crash,
  timeout: plain,
};

/** By a Map, so that a type like `constructor` or `__proto__` is as unknown as any other word. */
const checkOf: ReadonlyMap<unknown, (event: Unchecked) => void> = new Map(Object.entries(checks));

/** The types of all events, commands first. */
export const eventTypes = [...checkOf.keys()] as readonly EventType[];

/**
 * Throws a {@link MalformedInputError} that names the field, unless this is a well-formed event. Fields that the
 * event does not have are not looked at, and never copied into a record.
 */
export function mustBeEvent(event: unknown): asserts event is SandboxEvent {
  mustBeObject('event', event);
  const check = checkOf.get(event['type']);
  if (check === undefined) {
    throw new MalformedInputError('event.type', `one of ${eventTypes.join(', ')}`, event['type']);
  }
  check(event);
}
