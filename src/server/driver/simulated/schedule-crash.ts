import type { Settings } from './options.ts';
import { between, type Draw, seededDraws } from './seeded-draws.ts';

/**
 * Draws whether a new incarnation crashes, and schedules the crash. The incarnation crashes only if it still runs then.
 * The platform causes the crash, so it also happens after the driver closes.
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
  // Reports the crash before the operation that started the incarnation has completed.
  if (!isSilent && draw('reordered') < reordered) end();
  else clock.wake(between(crashAfterMs, draw('when')), end);
}

const reasons = ['exited with code 1', 'killed by SIGKILL', 'out of memory', 'its host went down'] as const;

function reasonOf(draw: Draw): string {
  return `${reasons[Math.floor(draw('reason') * reasons.length)]} (simulated)`;
}
