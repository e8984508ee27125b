import { stateOf } from '../../machine/table.ts';
import { eventTypes } from '../../model/events.ts';
import {
  operationKinds,
  operationResults,
  outcomeReasons,
  pendingReasons,
  results,
  type Sandbox,
  statuses,
} from '../../model/sandbox.ts';
import type { EventBody, SnapshotBody } from './messages.ts';

/**
 * The fields that contain free text: the `name` of a sandbox, and `detail`, the text of an error. `detail` stands for the
 * `detail` of an outcome, the `reason` of the last operation and of an event, and the sentence about a malformed event.
 */
const freeTexts = ['name', 'detail'] as const;

/** A field that contains free text. */
export type FreeText = (typeof freeTexts)[number];

/** The replacement of a hidden text. The reader sees that a text exists. */
export const hidden = '[hidden]';

/**
 * A filter of data that leaves the process. It passes only the fields that it lists, and free texts only on request.
 */
export interface Redaction {
  record(sandbox: Sandbox): Readonly<Record<string, unknown>>;
  event(event: unknown): EventBody;
  text(field: FreeText, text: string): string;
}

type Fields = Readonly<Record<string, (value: unknown) => unknown>>;

const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
const id = (value: unknown) => (typeof value === 'string' ? value : undefined);
const oneOf = (words: readonly string[]) => (value: unknown) =>
  words.includes(value as string) ? value : undefined;
const orNull = (pass: (value: unknown) => unknown) => (value: unknown) =>
  value === null ? null : pass(value);

/** Passes the listed fields of an object, if they have the expected types. */
const pick = (fields: Fields) => (value: unknown) => {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(fields).flatMap(([field, pass]) => {
    const passed = Object.hasOwn(value, field) ? pass((value as Record<string, unknown>)[field]) : undefined;
    return passed === undefined ? [] : [[field, passed] as const];
  });
  return Object.fromEntries(entries);
};

/** Creates a filter that hides these free texts and passes only fields of the lifecycle. */
export function redaction(hides: readonly FreeText[] = freeTexts): Redaction {
  const text = (field: FreeText) => (value: unknown) =>
    typeof value !== 'string' ? undefined : hides.includes(field) && value !== '' ? hidden : value;

  const record = pick({
    id,
    name: orNull(text('name')),
    version: number,
    operation: orNull(pick({ id: number, kind: oneOf(operationKinds), deadline: number })),
    lastOperation: orNull(
      pick({
        id: number,
        kind: oneOf(operationKinds),
        result: oneOf(operationResults),
        reason: orNull(text('detail')),
        at: number,
      }),
    ),
    operations: number,
    incarnation: orNull(number),
    generation: number,
    timeoutMs: orNull(number),
    idleTimeoutMs: orNull(number),
    suspendedTimeoutMs: orNull(number),
    expiresAt: orNull(number),
    idleAt: orNull(number),
    discardAt: orNull(number),
    snapshotId: orNull(id),
    pendingReason: orNull(oneOf(pendingReasons)),
    outcome: orNull(
      pick({
        result: oneOf(results),
        reason: oneOf(outcomeReasons),
        detail: orNull(text('detail')),
        exitCode: orNull(number),
      }),
    ),
    createdAt: number,
    updatedAt: number,
    terminatedAt: orNull(number),
  });

  const event = pick({
    type: (value) =>
      oneOf([...eventTypes, 'created', 'update', 'xstate.init', 'xstate.stop'])(value) ?? hidden,
    at: number,
    operation: number,
    incarnation: number,
    version: number,
    deadline: number,
    exitCode: orNull(number),
    snapshotId: id,
    pendingReason: oneOf(pendingReasons),
    name: orNull(text('name')),
    reason: orNull(text('detail')),
    timeoutMs: orNull(number),
    idleTimeoutMs: orNull(number),
    suspendedTimeoutMs: orNull(number),
  });

  return {
    record: (sandbox) => record(sandbox) as Readonly<Record<string, unknown>>,
    event: (value) => ({ type: hidden, ...event(value) }),
    text: (field, value) => text(field)(value) as string,
  };
}

/** Returns the snapshot of a record, without the fields that may not leave the process. */
export function snapshotOf(sandbox: Sandbox, redact: Redaction): SnapshotBody {
  const known = statuses.includes(sandbox.status);
  const [parent = '', child] = stateOf(sandbox).split('.');
  return {
    status: sandbox.status === 'terminated' ? 'done' : 'active',
    value: !known ? hidden : child === undefined ? parent : { [parent]: child },
    context: redact.record(sandbox),
  };
}
