import type { SnapshotBody } from '../../../src/inspect/protocol/messages.ts';

/** A record as it came: anything may be missing, or be something else. */
type Context = Readonly<Record<string, unknown>>;

/** What an actor was at some moment. */
export interface Moment {
  /** The state by its path, such as `suspended.idle`. */
  readonly path: string;
  readonly context: Context;
}

/** What a snapshot says. */
export function momentOf({ value, context }: SnapshotBody): Moment {
  return { path: pathOf(value), context: isObject(context) ? context : {} };
}

/** A field of a moment that is a text, if it is one. */
export function textOf({ context }: Moment, field: string): string | undefined {
  const value = context[field];
  return typeof value === 'string' ? value : undefined;
}

function pathOf(value: unknown): string {
  if (!isObject(value)) return typeof value === 'string' ? value : '';
  const [first] = Object.entries(value);
  return first ? [first[0], pathOf(first[1])].filter(Boolean).join('.') : '';
}

const isObject = (value: unknown): value is Context => typeof value === 'object' && value !== null;
