import type { Settings } from './options.ts';
import { between, type Draw, seededDraws } from './seeded-draws.ts';

/**
 * Decides what becomes of what has just been brought up: nothing, or it dies after a while, if it still runs then. That is
 * the platform's doing, so it happens whatever becomes of the driver.
 */
export function scheduleCrash(settings: Settings, sandboxId: string, incarnation: number): void {
  const { seed, clock, platform, crashes, silent, reordered, crashAfterMs } = settings;
  const draw = seededDraws(seed, sandboxId, incarnation, 'life');
  const drawn = draw('death');
  if (drawn >= crashes + silent) return;

  const isSilent = drawn >= crashes;
  const end = () => {
    const now = platform.get(sandboxId);
    if (now?.incarnation !== incarnation || now.state !== 'running') return;
    platform.kill(sandboxId, { reason: reasonOf(draw), silent: isSilent });
  };
  // Reported before the end of the operation that brought it up.
  if (!isSilent && draw('reordered') < reordered) end();
  else clock.wake(between(crashAfterMs, draw('when')), end);
}

const reasons = ['exited with code 1', 'killed by SIGKILL', 'out of memory', 'its host went down'] as const;

function reasonOf(draw: Draw): string {
  return `${reasons[Math.floor(draw('reason') * reasons.length)]} (simulated)`;
}
