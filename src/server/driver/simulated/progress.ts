import { type PendingReason, pendingReasons } from '../../../model/sandbox.ts';
import type { Settings } from './options.ts';
import { between, type Draw } from './seeded-draws.ts';

/** The progress reports of a boot. */
export interface Progress {
  begin(): void;
  halfway(): void;
  end(): void;
}

/** The share of boots that first wait for capacity. */
const shareWithoutRoom = 0.25;

/** Creates the progress reports of a boot. Draws whether they arrive on time, twice, or only after completion. */
export function progressOf(
  settings: Settings,
  draw: Draw,
  onProgress: (reason: PendingReason) => void,
): Progress {
  const { clock, duplicates, reordered, latencyMs } = settings;
  const times = draw('told twice') < duplicates ? 2 : 1;
  const afterwards = draw('told afterwards') < reordered;
  const withoutRoom = pendingReasons.filter((reason) => /_available$|_capacity$/.test(reason));

  function report(reason: PendingReason | undefined): void {
    for (let time = 0; time < times && reason !== undefined; time += 1) onProgress(reason);
  }

  return {
    begin() {
      if (afterwards || draw('room') >= shareWithoutRoom) return;
      report(withoutRoom[Math.floor(draw('no room') * withoutRoom.length)]);
    },
    halfway() {
      if (!afterwards) report('waiting_for_container');
    },
    end() {
      if (afterwards)
        clock.wake(between(latencyMs, draw('afterwards')), () => report('waiting_for_container'));
    },
  };
}
