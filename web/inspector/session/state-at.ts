import { isObject, type SnapshotBody } from '../../../src/inspect/protocol/messages.ts';

/** A record as it arrived: fields may be missing or of any type. */
type Context = Readonly<Record<string, unknown>>;

/** The state of an actor at one time. */
export interface StateAt {
  /** The path of the state, such as `suspended.idle`. */
  readonly path: string;
  readonly context: Context;
}

/** Reads the state from a snapshot. */
export function stateAt({ value, context }: SnapshotBody): StateAt {
  return { path: pathOf(value), context: isObject(context) ? context : {} };
}

/** Returns a field of the record, if it is a text. */
export function textOf({ context }: StateAt, field: string): string | undefined {
  const value = context[field];
  return typeof value === 'string' ? value : undefined;
}

function pathOf(value: unknown): string {
  if (!isObject(value)) return typeof value === 'string' ? value : '';
  const [first] = Object.entries(value);
  return first ? [first[0], pathOf(first[1])].filter(Boolean).join('.') : '';
}
