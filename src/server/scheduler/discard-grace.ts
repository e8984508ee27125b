import type { Clock } from '../../utils/clock.ts';
import { isDiscard } from '../store/indexed-fields.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { DueTimeout } from '../store/store.ts';

/**
 * The time after a start or a step of the clock in which no sandbox is discarded because of an instant from before it. A wrong clock
 * must not discard everything before an operator sees it. A suspended limit that began since then is certain, and counts as always.
 */
export interface DiscardGrace {
  /** Begins the grace, or begins it again. */
  begin(): void;
  /** Whether suspended limits from before must wait. */
  isActive(): boolean;
  /** Notes a commit. */
  committed(entry: SandboxEntry): void;
  /** The suspended limits that began during the grace and are due at this instant (epoch ms). */
  due(at: number): readonly DueTimeout[];
  /** The earliest instant of them (epoch ms), or null without one. */
  next(): number | null;
  /** Drops a timeout that was sent. */
  sent(sandboxId: string): void;
  close(): void;
}

/** Creates the grace. It lasts `milliseconds` from each `begin`, and then calls `onOver`. */
export function createDiscardGrace(clock: Clock, milliseconds: number, onOver: () => void): DiscardGrace {
  /** The instants of the suspended limits that began during the grace. */
  const begun = new Map<string, number>();
  let beganAt = 0;
  let isActive = false;
  let cancel = () => {};

  return {
    begin() {
      cancel();
      begun.clear();
      beganAt = clock.now();
      isActive = milliseconds > 0;
      if (isActive) cancel = clock.wake(milliseconds, end);
    },
    isActive: () => isActive,
    committed(entry) {
      if (!isActive) return;
      const { id, discardAt, suspendedTimeoutMs } = entry.sandbox;
      const isNew = discardAt !== null && discardAt - (suspendedTimeoutMs ?? 0) >= beganAt;
      if (isDiscard(entry) && isNew) begun.set(id, discardAt);
      else begun.delete(id);
    },
    due: (at) =>
      [...begun]
        .filter(([, timeoutAt]) => timeoutAt <= at)
        .map(([sandboxId, timeoutAt]) => ({ sandboxId, timeoutAt })),
    next: () =>
      [...begun.values()].reduce<number | null>(
        (earliest, at) => (earliest === null ? at : Math.min(earliest, at)),
        null,
      ),
    sent: (sandboxId) => void begun.delete(sandboxId),
    close: () => cancel(),
  };

  function end(): void {
    isActive = false;
    begun.clear();
    onOver();
  }
}
