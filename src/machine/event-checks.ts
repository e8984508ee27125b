import {
  type Check,
  instant,
  MalformedInputError,
  mustBe,
  mustBeObject,
  oneOf,
  text,
  whole,
} from './checks.ts';
import type { EventType, SandboxEvent } from './events.ts';
import { pendingReasons } from './sandbox.ts';

const id = whole(Number.MIN_SAFE_INTEGER);
const none: Fields = [];
const answer: Fields = [['operation', id]];
const failure: Fields = [...answer, ['reason', text]];

type Fields = readonly (readonly [field: string, check: Check])[];

const fieldsByType: Readonly<Record<EventType, Fields>> = {
  suspend: none,
  resume: none,
  snapshot: [['snapshotId', text]],
  rename: [['name', text]],
  keepalive: none,
  terminate: none,
  'boot.progressed': [...answer, ['pendingReason', oneOf(pendingReasons)]],
  'boot.completed': answer,
  'boot.failed': failure,
  'snapshot.completed': answer,
  'snapshot.failed': failure,
  'suspend.completed': answer,
  'suspend.failed': failure,
  'resume.completed': answer,
  'resume.failed': failure,
  crashed: [
    ['incarnation', id],
    ['reason', text],
  ],
  timeout: none,
};

/** By a Map, so that a type like `constructor` or `__proto__` is as unknown as any other word. */
const fieldsOf: ReadonlyMap<unknown, Fields> = new Map(Object.entries(fieldsByType));

/** The types of all events, commands first. */
export const eventTypes = [...fieldsOf.keys()] as readonly EventType[];

/**
 * Throws a {@link MalformedInputError} that names the field, unless this is a well-formed event. Fields that the
 * event does not have are not looked at, and never copied into a record.
 */
export function mustBeEvent(event: unknown): asserts event is SandboxEvent {
  mustBeObject('event', event);
  const fields = fieldsOf.get(event['type']);
  if (fields === undefined)
    throw new MalformedInputError('event.type', oneOf(eventTypes)('') ?? '', event['type']);
  mustBe(instant, 'event.at', event['at']);
  for (const [field, check] of fields) mustBe(check, `event.${field}`, event[field]);
}
