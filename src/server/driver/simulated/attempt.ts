import { type Clock, pause } from '../../../utils/clock.ts';
import { permanent, transient } from '../failures.ts';
import type { Settings } from './options.ts';
import { between, type Draw } from './seeded-draws.ts';

/** How long after it was called off a late one may still do its work, in ms. */
const longestLatenessMs = 60_000;

type Fate = 'failures' | 'retryable' | 'lost' | 'hangs';

/** One attempt of a call that takes its time and may go wrong. */
export interface Attempt<T> {
  readonly draw: Draw;
  /** Calls it off. */
  readonly signal: AbortSignal;
  /** What cannot happen to it. */
  readonly spared?: readonly Fate[];
  /** Called when it begins, and when half of its time is over. */
  readonly begin?: () => void;
  readonly halfway?: () => void;
  /** Does it, all at once. `late`: although it was called off. */
  readonly work: (late: boolean) => T;
}

/** Runs an attempt as was drawn for it: as it should be, not at all, or late. */
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
  if (fate === 'failures') throw permanent('The platform refused it (simulated).');
  if (fate === 'retryable') throw transient('The platform is busy (simulated).');
  const result = work(false);
  if (fate === 'lost') throw transient('The answer of the platform was lost (simulated).');
  return result;
}

/** Each fate has its own part of what can be drawn: one that cannot happen leaves the others as likely as they were. */
function fateOf(settings: Settings, { draw, spared = [] }: Attempt<unknown>): Fate | undefined {
  let rest = draw('fate');
  for (const fate of ['failures', 'retryable', 'lost', 'hangs'] as const) {
    if (rest < settings[fate]) return spared.includes(fate) ? undefined : fate;
    rest -= settings[fate];
  }
  return undefined;
}

/** Waits, or less when it is called off. No time at all is not even a turn of the clock. */
async function wait(clock: Clock, milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
  if (milliseconds > 0) await pause(clock, milliseconds, ...signals);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
