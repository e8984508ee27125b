import {
  type Check,
  instant,
  integer,
  limit,
  MalformedInputError,
  mustBe,
  mustBeObject,
  oneOf,
  orNull,
  someText,
  text,
  whole,
} from './checks.ts';
import { brokenInvariant } from './invariants.ts';
import {
  operationKinds,
  operationResults,
  outcomeReasons,
  pendingReasons,
  results,
  type Sandbox,
  statuses,
} from './sandbox.ts';

const count = whole(1);
const anObject: Check = { must: 'an object', holds: (value) => typeof value === 'object' };
/** A deadline is an instant plus a limit, so it may lie beyond what `Date` can show, but stays exact. */
const deadline = integer;

const fields: { readonly [Field in keyof Sandbox]: Check } = {
  id: someText,
  name: orNull(someText),
  status: oneOf(statuses),
  version: count,
  operation: orNull(anObject),
  lastOperation: orNull(anObject),
  operations: count,
  incarnation: orNull(count),
  generation: count,
  timeoutMs: limit,
  idleTimeoutMs: limit,
  suspendedTimeoutMs: limit,
  expiresAt: orNull(deadline),
  idleAt: orNull(deadline),
  discardAt: orNull(deadline),
  snapshotId: orNull(someText),
  pendingReason: orNull(oneOf(pendingReasons)),
  outcome: orNull(anObject),
  createdAt: instant,
  updatedAt: instant,
  terminatedAt: orNull(instant),
};
/** The names of the fields of a record. */
export const recordFields: readonly string[] = Object.keys(fields);

const operationFields = { id: count, kind: oneOf(operationKinds), deadline };
const lastOperationFields = {
  id: count,
  kind: oneOf(operationKinds),
  result: oneOf(operationResults),
  reason: orNull(text),
  at: instant,
};
const outcomeFields = {
  result: oneOf(results),
  reason: oneOf(outcomeReasons),
  detail: orNull(text),
  exitCode: orNull(integer),
};

/**
 * A record that is of the right shape but that no sandbox can be in. `path` is the field, `invariant` what it breaks.
 *
 * @example
 * try { toSnapshot(record) } catch (error) { if (error instanceof IllegalRecordError) report(error.invariant) }
 */
export class IllegalRecordError extends Error {
  override readonly name = 'IllegalRecordError';
  readonly path: string;
  readonly invariant: string;

  constructor(path: string, invariant: string, sandbox: Sandbox) {
    super(
      `The record of sandbox ${sandbox.id} is illegal at ${path}: ${invariant} (it is ${sandbox.status}).`,
    );
    this.path = path;
    this.invariant = invariant;
  }
}

/**
 * Throws unless this is a legal record: {@link MalformedInputError} names the field that has the wrong type,
 * {@link IllegalRecordError} the invariant that is broken.
 */
export function mustBeSandbox(value: unknown): asserts value is Sandbox {
  checkFields('sandbox', value, fields);
  const { operation, lastOperation, outcome } = value;
  if (operation !== null) checkFields('sandbox.operation', operation, operationFields);
  if (lastOperation !== null) checkFields('sandbox.lastOperation', lastOperation, lastOperationFields);
  if (outcome !== null) checkFields('sandbox.outcome', outcome, outcomeFields);
  const sandbox = value as unknown as Sandbox;
  const broken = brokenInvariant(sandbox);
  if (broken) throw new IllegalRecordError(broken.path, broken.message, sandbox);
}

function checkFields(
  path: string,
  value: unknown,
  checks: Readonly<Record<string, Check>>,
): asserts value is Record<string, unknown> {
  mustBeObject(path, value);
  for (const [field, check] of Object.entries(checks)) mustBe(check, `${path}.${field}`, value[field]);
  const unknown = Object.keys(value).find((field) => !Object.hasOwn(checks, field));
  if (unknown !== undefined) throw new MalformedInputError(`${path}.${unknown}`, 'left out', value[unknown]);
}
