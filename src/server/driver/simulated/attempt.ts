import { type Clock, pause } from '../../../utils/clock.ts';
import { permanent, transient } from '../failures.ts';
import type { Settings } from './options.ts';
import { between, type Draw } from './seeded-draws.ts';

/** How long after an abort a late attempt may still do its work, in ms. */
const longestLatenessMs = 60_000;

type Fate = 'failures' | 'retryable' | 'lost' | 'hangs';

/** One attempt of a call, with latency and faults. */
export interface Attempt<T> {
  readonly draw: Draw;
  /** Aborts the attempt. */
  readonly signal: AbortSignal;
  /** The faults that cannot happen to it. */
  readonly spared?: readonly Fate[];
  /** `begin` is called at the start, `halfway` after half of the latency. */
  readonly begin?: () => void;
  readonly halfway?: () => void;
  /** Does the work at once. `late`: after an abort. */
  readonly work: (late: boolean) => T;
}

/** Runs an attempt with the fault that was drawn for it. */
export async function attempt<T>(settings: Settings, options: Attempt<T>): Promise<T> {
  const { draw, signal, work } = options;
  const { clock } = settings;
  signal.throwIfAborted();
  options.begin?.();
  const fate = fateOf(settings, options);

  if (fate === 'hangs') await untilAborted(signal);
  else {
    const timeMs = between(settings.latencyMs, draw('latency'));
    await wait(clock, timeMs / 2, signal);
    if (!signal.aborted) options.halfway?.();
    await wait(clock, timeMs / 2, signal);
  }

  if (signal.aborted) {
    if (draw('late') >= settings.late) throw signal.reason;
    await wait(clock, between([1, longestLatenessMs], draw('lateness')));
    return work(true);
  }
  if (fate === 'failures') throw permanent('The platform rejected the operation (simulated).');
  if (fate === 'retryable') throw transient('The platform is busy (simulated).');
  const result = work(false);
  if (fate === 'lost') throw transient('The response of the platform was lost (simulated).');
  return result;
}

/** Each fate has its own range of the draw, so a spared fate leaves the others equally likely. */
function fateOf(settings: Settings, { draw, spared = [] }: Attempt<unknown>): Fate | undefined {
  let rest = draw('fate');
  for (const fate of ['failures', 'retryable', 'lost', 'hangs'] as const) {
    if (rest < settings[fate]) return spared.includes(fate) ? undefined : fate;
    rest -= settings[fate];
  }
  return undefined;
}

/** Waits, at most until an abort. A wait of 0 ms does not use the clock. */
async function wait(clock: Clock, milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
  if (milliseconds > 0) await pause(clock, milliseconds, ...signals);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
