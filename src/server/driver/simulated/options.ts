import { z } from 'zod';
import { parse } from '../../../schema/parse.ts';
import { type Clock, systemClock } from '../../../utils/clock.ts';
import { simulatedPlatform } from './create-platform.ts';
import type { SimulatedPlatform } from './platform.ts';

/** A duration in ms: fixed, or drawn from a range. */
export type Span = number | readonly [least: number, most: number];

/**
 * Options of a simulated driver. A share is from 0 to 1; default: 0. `failures`, `retryable`, `lost` and `hangs` are
 * shares of the attempts of an operation; `crashes`, `silent` and `exits` are shares of the boots and resumes; `emptyLooks`
 * and `failedLooks` are shares of the looks at the platform. The sum of each group is at most 1.
 */
export interface SimulatedDriverOptions {
  /** The platform, which outlives the driver. Default: a new, empty one. */
  readonly platform?: SimulatedPlatform;
  /** The clock. Default: the system clock. */
  readonly clock?: Clock;
  /** Selects the course of events. Default: 1. */
  readonly seed?: number;
  /** How long an operation takes, in ms. Default: 0, which is at once. */
  readonly latencyMs?: Span;

  /** Boots, snapshots, suspends and resumes that fail permanently, with a reason. A release never does. */
  readonly failures?: number;
  /** Calls that fail with a retryable error and have no effect. Applies to every call but `close`. */
  readonly retryable?: number;
  /** Calls that take effect and then fail with a retryable error, as when the response is lost. */
  readonly lost?: number;
  /** Calls that do nothing until they are aborted. */
  readonly hangs?: number;

  /** The share of snapshots that can be restored from halfway on, before their capture completes. Default: 0. */
  readonly localReady?: number;

  /** Incarnations that crash while they run. */
  readonly crashes?: number;
  /** Incarnations that disappear while they run, without a crash report. Only `inventory` shows it. */
  readonly silent?: number;
  /** Incarnations whose program ends by itself, half of them with exit code 0, and a report. */
  readonly exits?: number;
  /** When an incarnation crashes, disappears or exits, in ms after its start. Default: 1 to 60 000. */
  readonly crashAfterMs?: Span;

  /** The share of crash and progress reports that arrive twice. */
  readonly duplicates?: number;
  /**
   * The share of aborted attempts that still take effect, up to a minute later and whatever has happened since: even a
   * boot after the release.
   */
  readonly late?: number;
  /**
   * The share of boots that report their progress after completion, of crashes that are reported before the boot or
   * resume has completed, and of resumes after which a crash of the previous incarnation is reported.
   */
  readonly reordered?: number;

  /** How long an inventory omits a sandbox after its boot, in ms. Default: 0. */
  readonly lag?: number;
  /** The share of inventories that are empty. */
  readonly emptyLooks?: number;
  /** The share of inventories and inspections that fail with a retryable error. */
  readonly failedLooks?: number;
}

/** The options with all defaults filled in. */
export type Settings = Required<Omit<SimulatedDriverOptions, 'latencyMs' | 'crashAfterMs'>> & {
  readonly latencyMs: readonly [number, number];
  readonly crashAfterMs: readonly [number, number];
};

// Aborts the parse, so that an invalid share is not added to the others.
const inShare = { error: 'must be a share from 0 to 1', abort: true };
const share = z.number(inShare).min(0, inShare).max(1, inShare).default(0);

const span = z.preprocess(
  (value) => (typeof value === 'number' ? [value, value] : value),
  z.custom<readonly [number, number]>(
    isSpan,
    'must be a whole number of ms, or two of them: the minimum and the maximum',
  ),
);

const schema = z
  .strictObject({
    platform: z
      .custom<SimulatedPlatform>(
        hasMethods('carryOut', 'adopt', 'inspect'),
        'must be a platform from simulatedPlatform()',
      )
      .prefault(simulatedPlatform),
    clock: z
      .custom<Clock>(hasMethods('now', 'wake'), 'must have the methods now and wake')
      .default(() => systemClock({ unref: true })),
    seed: z.number('must be a number').default(1),
    latencyMs: span.prefault(0),
    failures: share,
    retryable: share,
    lost: share,
    hangs: share,
    localReady: share,
    crashes: share,
    silent: share,
    exits: share,
    crashAfterMs: span.prefault([1, 60_000]),
    duplicates: share,
    late: share,
    reordered: share,
    lag: z.custom<number>(isMilliseconds, 'must be a whole number of ms').default(0),
    emptyLooks: share,
    failedLooks: share,
  })
  .refine(({ failures, retryable, lost, hangs }) => failures + retryable + lost + hangs <= 1, {
    message: 'must have shares of failures, retryable, lost and hangs that add up to at most 1',
  })
  .refine(({ crashes, silent, exits }) => crashes + silent + exits <= 1, {
    message: 'must have shares of crashes, silent and exits that add up to at most 1',
  })
  .refine(({ emptyLooks, failedLooks }) => emptyLooks + failedLooks <= 1, {
    message: 'must have shares of emptyLooks and failedLooks that add up to at most 1',
  });

/** Fills in the defaults. Throws a `SchemaError` with a sentence for each invalid option. */
export function settingsOf(options: SimulatedDriverOptions): Settings {
  return parse<Settings>(schema, 'options', options);
}

function isSpan(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [least, most]: unknown[] = value;
  return isMilliseconds(least) && isMilliseconds(most) && least <= most;
}

function isMilliseconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function hasMethods(...names: readonly string[]) {
  return (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function');
}
