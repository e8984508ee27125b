import { isObject } from '../../../src/inspect/protocol/messages.ts';
import { reports } from '../../../src/model/events.ts';
import { instant } from '../time.ts';
import type { LogEntry } from './log-entry.ts';
import type { StateAt } from './state-at.ts';

/** The confirmed state and the state that a client predicts, after some line of the log. */
export interface Facts {
  readonly confirmed: StateAt | undefined;
  /** The state that a client predicts, if it differs from the confirmed one. */
  readonly prediction: StateAt | undefined;
  /** The last line that changed one of the two. */
  readonly last: LogEntry | undefined;
}

/** Returns the facts after these lines of one sandbox. */
export function factsOf(entries: readonly LogEntry[]): Facts {
  const confirmed = entries.findLast((entry) => !entry.isPrediction && entry.after)?.after;
  const shown = entries.findLast((entry) => entry.shown)?.shown;
  const differs = shown !== undefined && shown.path !== confirmed?.path;
  const last = entries.findLast(({ kind }) => kind === 'applied' || kind === 'predicted');
  return { confirmed, prediction: differs ? shown : undefined, last };
}

/** Returns the sender of an event. */
export function senderOf(event: string): 'user' | 'platform' | 'clock' {
  if ((reports as readonly string[]).includes(event)) return 'platform';
  return event === 'timeout' || event === 'deadline.moved' ? 'clock' : 'user';
}

/** A field of a record, before and after. */
export interface Difference {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly hasChanged: boolean;
}

/** Compares two records, field by field. */
export function difference(before: StateAt | undefined, after: StateAt | undefined): Difference[] {
  const flat = (state: StateAt | undefined) =>
    new Map(state ? flatten({ state: state.path, ...state.context }) : []);
  const [old, current] = [flat(before), flat(after)];
  return [...new Set([...current.keys(), ...old.keys()])].map((field) => ({
    field,
    before: old.get(field),
    after: current.get(field),
    hasChanged: before !== undefined && old.get(field) !== current.get(field),
  }));
}

function flatten(value: object, path = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    if (isObject(inner)) return flatten(inner, `${path}${key}.`);
    return [[path + key, textOf(key, inner)]];
  });
}

/** Writes a value as text, and an instant as a time. */
function textOf(key: string, value: unknown): string {
  const time = typeof value === 'number' && /(At|deadline)$/.test(key) && instant(value);
  return time || (JSON.stringify(value) ?? String(value));
}

/** One operation of the platform. `end` is the event that ended it. */
export interface Operation {
  readonly id: number;
  readonly kind: string;
  readonly deadline: number;
  readonly beganAt: number;
  endedAt?: number;
  end?: string;
}

/** Returns the operations of one sandbox, by its confirmed states. */
export function operationsOf(entries: readonly LogEntry[]): Operation[] {
  const found: Operation[] = [];
  for (const { isPrediction, after, at, event } of entries) {
    if (isPrediction || after === undefined) continue;
    const current = after.context['operation'] as Operation | null | undefined;
    const last = found.at(-1);
    if (last?.id === current?.id) continue;
    if (last && last.end === undefined) Object.assign(last, { endedAt: at, end: event });
    if (current) {
      const { id, kind, deadline } = current;
      found.push({ id, kind, deadline, beganAt: at });
    }
  }
  return found;
}
