import { stateOf } from '../../machine/table.ts';
import { eventTypes } from '../../model/check-event.ts';
import {
  operationKinds,
  outcomeReasons,
  pendingReasons,
  results,
  type Sandbox,
  statuses,
} from '../../model/sandbox.ts';
import type { EventBody, SnapshotBody } from './messages.ts';

/**
 * The fields that hold what somebody wrote: the `name` of a sandbox, and the `detail` of how it ended, which is the text
 * of an error. In events they are `name` and `reason`.
 */
const freeTexts = ['name', 'detail'] as const;

/** A field that holds what somebody wrote. */
export type FreeText = (typeof freeTexts)[number];

/** Stands for a hidden text: the reader sees that there is one. */
export const hidden = '[hidden]';

/** Lets through what may leave the process: nothing that is not named here, and free texts only when asked to. */
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

/** Lets the named fields of an object through, each as far as it is what it should be. */
const pick = (fields: Fields) => (value: unknown) => {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(fields).flatMap(([field, pass]) => {
    const passed = Object.hasOwn(value, field) ? pass((value as Record<string, unknown>)[field]) : undefined;
    return passed === undefined ? [] : [[field, passed] as const];
  });
  return Object.fromEntries(entries);
};

/** Hides the given free texts, and lets nothing else through but what the lifecycle itself is made of. */
export function redaction(hides: readonly FreeText[] = freeTexts): Redaction {
  const text = (field: FreeText) => (value: unknown) =>
    typeof value !== 'string' ? undefined : hides.includes(field) && value !== '' ? hidden : value;

  const record = pick({
    id,
    name: orNull(text('name')),
    version: number,
    operation: orNull(pick({ id: number, kind: oneOf(operationKinds), deadline: number })),
    operations: number,
    incarnation: orNull(number),
    timeoutMs: orNull(number),
    expiresAt: orNull(number),
    snapshotId: orNull(id),
    pendingReason: orNull(oneOf(pendingReasons)),
    outcome: orNull(
      pick({ result: oneOf(results), reason: oneOf(outcomeReasons), detail: orNull(text('detail')) }),
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
    snapshotId: id,
    pendingReason: oneOf(pendingReasons),
    name: orNull(text('name')),
    reason: text('detail'),
    timeoutMs: orNull(number),
  });

  return {
    record: (sandbox) => record(sandbox) as Readonly<Record<string, unknown>>,
    event: (value) => ({ type: hidden, ...event(value) }),
    text: (field, value) => text(field)(value) as string,
  };
}

/** The snapshot that a record means, with nothing in it that may not leave the process. */
export function snapshotOf(sandbox: Sandbox, redact: Redaction): SnapshotBody {
  const known = statuses.includes(sandbox.status);
  const [parent = '', child] = stateOf(sandbox).split('.');
  return {
    status: sandbox.status === 'terminated' ? 'done' : 'active',
    value: !known ? hidden : child === undefined ? parent : { [parent]: child },
    context: redact.record(sandbox),
  };
}
