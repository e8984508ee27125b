import { reports } from '../../../src/model/events.ts';
import { instant } from '../time.ts';
import type { Entry } from './log-entry.ts';
import type { Moment } from './state-at.ts';

/** What is true and what is shown after some line of the log. */
export interface Facts {
  readonly truth: Moment | undefined;
  /** Only where it differs from the truth. */
  readonly prediction: Moment | undefined;
  /** The last line by which something happened. */
  readonly last: Entry | undefined;
}

/** Reads the lines of one sandbox, up to where one looks. */
export function factsOf(entries: readonly Entry[]): Facts {
  const truth = entries.findLast((entry) => !entry.isPrediction && entry.after)?.after;
  const shown = entries.findLast((entry) => entry.shown)?.shown;
  const differs = shown !== undefined && shown.path !== truth?.path;
  const last = entries.findLast(({ kind }) => kind === 'applied' || kind === 'predicted');
  return { truth, prediction: differs ? shown : undefined, last };
}

/** Returns the sender of an event. */
export function senderOf(event: string): 'person' | 'platform' | 'clock' {
  if ((reports as readonly string[]).includes(event)) return 'platform';
  return event === 'timeout' ? 'clock' : 'person';
}

/** A field of a record, before and after. */
export interface Difference {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly hasChanged: boolean;
}

/** Every field of two records, in their order. */
export function difference(before: Moment | undefined, after: Moment | undefined): Difference[] {
  const flat = (moment: Moment | undefined) =>
    new Map(moment ? flatten({ state: moment.path, ...moment.context }) : []);
  const [old, now] = [flat(before), flat(after)];
  return [...new Set([...now.keys(), ...old.keys()])].map((field) => ({
    field,
    before: old.get(field),
    after: now.get(field),
    hasChanged: before !== undefined && old.get(field) !== now.get(field),
  }));
}

function flatten(value: object, path = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    if (typeof inner === 'object' && inner !== null) return flatten(inner, `${path}${key}.`);
    return [[path + key, show(key, inner)]];
  });
}

/** Instants read as times. */
function show(key: string, value: unknown): string {
  const time = typeof value === 'number' && /(At|deadline)$/.test(key) && instant(value);
  return time || (JSON.stringify(value) ?? String(value));
}

/** Platform work: when it began, and how it ended, if it did. */
export interface Operation {
  readonly id: number;
  readonly kind: string;
  readonly deadline: number;
  readonly beganAt: number;
  endedAt?: number;
  end?: string;
}

/** The operations of one sandbox, by what is true of it. */
export function operationsOf(entries: readonly Entry[]): Operation[] {
  const found: Operation[] = [];
  for (const { isPrediction, after, at, event } of entries) {
    if (isPrediction || after === undefined) continue;
    const now = after.context['operation'] as Operation | null | undefined;
    const last = found.at(-1);
    if (last?.id === now?.id) continue;
    if (last && last.end === undefined) Object.assign(last, { endedAt: at, end: event });
    if (now) found.push({ id: now.id, kind: now.kind, deadline: now.deadline, beganAt: at });
  }
  return found;
}
