import type { Clock } from '../../utils/clock.ts';
import { printable } from '../../utils/printable.ts';
import { RuleError } from '../errors.ts';
import type { Store, StoreUsage } from '../store/store.ts';
import { dayMs, dayOf, type UsageRow, type UsageTotal, usageAt } from '../store/usage.ts';

/** Selects the usage of some days. */
export interface UsageQuery {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  /** The first day, such as `2026-11-01`, in UTC. Default: the first day of this month. */
  readonly from?: string | undefined;
  /** The day after the last one, in UTC. Default: tomorrow. At most 366 days after `from`. */
  readonly to?: string | undefined;
  /** The most namespaces on a page, from 1. */
  readonly limit: number;
  /** The cursor of an earlier page. */
  readonly cursor?: string | undefined;
}

/** The usage of one day, in UTC. */
export interface DayUsage extends UsageTotal {
  /** Such as `2026-11-01`. */
  readonly day: string;
}

/** The usage of a namespace, all its sandboxes together. */
export interface NamespaceUsage extends UsageTotal {
  readonly namespace: string;
  /** The days with usage. */
  readonly days: readonly DayUsage[];
}

/** A page of namespaces, by name, with the days that it covers. */
export interface UsagePage {
  readonly from: string;
  readonly to: string;
  readonly items: readonly NamespaceUsage[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Reads the usage of namespaces. */
export interface UsageReader {
  /** Throws `RuleError` for a bad day, for more than 366 days, and when the store does not count usage. */
  usage(query: UsageQuery): Promise<UsagePage>;
  /** The usage of a namespace since its first event; undefined when the store does not count usage. */
  totalUsage(namespace: string): Promise<UsageTotal | undefined>;
}

/** The most days of a query. */
const mostDays = 366;

/** Creates a reader. Times that still last count until now. */
export function createUsageReader(store: Pick<Store, 'usage'>, clock: Pick<Clock, 'now'>): UsageReader {
  return {
    async usage({ namespace, limit, cursor = '', ...query }) {
      const rows = store.usage;
      if (rows === undefined) throw new RuleError('The store of this server does not count usage.');
      const now = clock.now();
      const period = periodOf(query, now);
      const found = namespace === undefined ? await rows.namespaces(cursor, limit + 1) : [namespace];
      const names = found.slice(0, limit);
      const items: NamespaceUsage[] = [];
      for (const name of names) items.push(await usageOf(rows, name, period, now));
      const nextCursor = found.length > limit ? (names.at(-1) ?? null) : null;
      return { from: textOf(period.from), to: textOf(period.to), items, nextCursor };
    },
    async totalUsage(namespace) {
      const now = clock.now();
      const rows = await store.usage?.rows(namespace, dayOf(now), dayOf(now) + 1);
      return rows && notNegative(usageAt(rows.at(-1), now));
    },
  };
}

/** Days, as numbers since 1970-01-01: `from` and all days before `to`. */
interface Period {
  readonly from: number;
  readonly to: number;
}

async function usageOf(rows: StoreUsage, namespace: string, { from, to }: Period, now: number) {
  const found = await rows.rows(namespace, from, to);
  const days: DayUsage[] = [];
  for (let day = from; day < to && day * dayMs < now; day++) {
    const begin = usageAt(lastUntil(found, day - 1), day * dayMs);
    const end = usageAt(lastUntil(found, day), Math.min((day + 1) * dayMs, now));
    const runningMs = end.runningMs - begin.runningMs;
    const suspendedMs = end.suspendedMs - begin.suspendedMs;
    if (runningMs > 0 || suspendedMs > 0)
      days.push({ day: textOf(day), ...notNegative({ runningMs, suspendedMs }) });
  }
  const sum = (field: keyof UsageTotal) => days.reduce((total, day) => total + day[field], 0);
  return { namespace, runningMs: sum('runningMs'), suspendedMs: sum('suspendedMs'), days };
}

const lastUntil = (rows: readonly UsageRow[], day: number) => rows.findLast((row) => row.day <= day);

/** Events after now, when the clock was set back, must not make usage negative. */
function notNegative({ runningMs, suspendedMs }: UsageTotal): UsageTotal {
  return { runningMs: Math.max(0, runningMs), suspendedMs: Math.max(0, suspendedMs) };
}

function periodOf(query: Pick<UsageQuery, 'from' | 'to'>, now: number): Period {
  const today = dayOf(now);
  const firstOfMonth = dayOf(Date.parse(`${textOf(today).slice(0, 7)}-01T00:00:00Z`));
  const from = query.from === undefined ? firstOfMonth : dayFrom('from', query.from);
  const to = query.to === undefined ? today + 1 : dayFrom('to', query.to);
  if (to > from && to - from <= mostDays) return { from, to };
  throw new RuleError(
    `The period from ${textOf(from)} to ${textOf(to)} has ${to - from} days; use 1 to ${mostDays} days. The day \`to\` is not part of it.`,
  );
}

function dayFrom(name: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse turns 2026-02-31 into a day of March.
  if (Number.isNaN(at) || textOf(dayOf(at)) !== text)
    throw new RuleError(`${name} is ${printable(text)}; use a day such as 2026-11-01.`);
  return dayOf(at);
}

const textOf = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10);
