import { z } from 'zod';
import { parse } from '../../../schema/parse.ts';
import { type Clock, systemClock } from '../../../utils/clock.ts';
import { simulatedPlatform } from './create-platform.ts';
import type { SimulatedPlatform } from './platform.ts';

/** A length of time in ms: always the same, or from the least to the most. */
export type Span = number | readonly [least: number, most: number];

/**
 * How a simulated driver behaves. A share is from 0 to 1, and 0 when left out. Those of the first group are shares of
 * the attempts of an operation, those of the second of what is brought up; the sum of a group is 1 at most.
 */
export interface SimulatedDriverOptions {
  /** What there is, and outlives the driver. A new and empty one when left out. */
  readonly platform?: SimulatedPlatform;
  /** The machine's own when left out. */
  readonly clock?: Clock;
  /** Another number is another course of events; 1 when left out. */
  readonly seed?: number;
  /** How long an operation takes, in ms; 0, which is at once, when left out. */
  readonly latencyMs?: Span;

  /** Boots, snapshots, suspends and resumes that fail for good, with a reason. A release never does. */
  readonly failures?: number;
  /** What fails for now, and leaves everything as it was. Anything but `close` can. */
  readonly retryable?: number;
  /** What does its work and then fails for now, as when the answer is lost on its way. */
  readonly lost?: number;
  /** What does nothing until it is called off. */
  readonly hangs?: number;

  /** What dies while it runs. */
  readonly crashes?: number;
  /** What is gone without a word while it was running: only `inventory` shows it. */
  readonly silent?: number;
  /** When that is, in ms after it came up; 1 to 60 000 when left out. */
  readonly crashAfterMs?: Span;

  /** The share of crashes, and of reports of progress, that come twice. */
  readonly duplicates?: number;
  /**
   * The share of the attempts that, when called off, go on and do their work all the same, up to a minute later and
   * whatever has happened since: also a boot after the release.
   */
  readonly late?: number;
  /**
   * The share of boots that report their progress when they are completed, of crashes that are reported before the boot or
   * resume is completed, and of resumes after which a crash of the incarnation before is reported.
   */
  readonly reordered?: number;
}

/** The same with nothing left out. */
export type Settings = Required<Omit<SimulatedDriverOptions, 'latencyMs' | 'crashAfterMs'>> & {
  readonly latencyMs: readonly [number, number];
  readonly crashAfterMs: readonly [number, number];
};

// Aborting, so that a share that is none is not added up with the others.
const inShare = { error: 'must be a share from 0 to 1', abort: true };
const share = z.number(inShare).min(0, inShare).max(1, inShare).default(0);

const span = z.preprocess(
  (value) => (typeof value === 'number' ? [value, value] : value),
  z.custom<readonly [number, number]>(isSpan, 'must be whole ms, or two of them: the least and the most'),
);

const schema = z
  .strictObject({
    platform: z
      .custom<SimulatedPlatform>(hasMethods('carryOut', 'adopt'), 'must be what simulatedPlatform() gives')
      .prefault(simulatedPlatform),
    clock: z
      .custom<Clock>(hasMethods('now', 'wake'), 'must have now and wake')
      .default(() => systemClock({ unref: true })),
    seed: z.number('must be a number').default(1),
    latencyMs: span.prefault(0),
    failures: share,
    retryable: share,
    lost: share,
    hangs: share,
    crashes: share,
    silent: share,
    crashAfterMs: span.prefault([1, 60_000]),
    duplicates: share,
    late: share,
    reordered: share,
  })
  .refine(({ failures, retryable, lost, hangs }) => failures + retryable + lost + hangs <= 1, {
    message: 'must not have shares of failures, retryable, lost and hangs that are above 1 together',
  })
  .refine(({ crashes, silent }) => crashes + silent <= 1, {
    message: 'must not have shares of crashes and silent that are above 1 together',
  });

/** Every option, with its default where it was left out. Throws a `SchemaError` with a sentence for each that is wrong. */
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
