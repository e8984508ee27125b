import type { Settings } from './options.ts';
import { between, type Draw, seededDraws } from './seeded-draws.ts';

/**
 * Draws whether a new incarnation crashes, disappears or exits, and schedules its end. The incarnation ends only if it
 * still runs then. The platform causes the end, so it also happens after the driver closes.
 */
export function scheduleEnd(settings: Settings, sandboxId: string, incarnation: number): void {
  const { seed, clock, platform, reordered, crashAfterMs } = settings;
  const draw = seededDraws(seed, sandboxId, incarnation, 'life');
  const ending = endingOf(settings, draw);
  if (ending === undefined) return;

  const end = () => {
    const now = platform.get(sandboxId);
    if (now?.incarnation === incarnation && now.state === 'running') platform.kill(sandboxId, ending);
  };
  // Reports the end before the operation that started the incarnation has completed.
  if (!ending.silent && draw('reordered') < reordered) end();
  else clock.wake(between(crashAfterMs, draw('when')), end);
}

interface Ending {
  readonly reason: string;
  readonly silent?: boolean;
  readonly exitCode?: number;
}

function endingOf({ crashes, silent, exits }: Settings, draw: Draw): Ending | undefined {
  const drawn = draw('death');
  if (drawn < crashes) return { reason: reasonOf(draw) };
  if (drawn < crashes + silent) return { reason: reasonOf(draw), silent: true };
  if (drawn >= crashes + silent + exits) return undefined;
  const code = draw('succeeds') < 0.5 ? 0 : 1 + Math.floor(draw('code') * 255);
  return { reason: `exited with code ${code} (simulated)`, exitCode: code };
}

const reasons = ['killed by SIGSEGV', 'killed by SIGKILL', 'out of memory', 'its host went down'] as const;

function reasonOf(draw: Draw): string {
  return `${reasons[Math.floor(draw('reason') * reasons.length)]} (simulated)`;
}
