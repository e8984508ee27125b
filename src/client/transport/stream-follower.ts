import { problemOf } from './check-update.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { Protocol } from './protocol.ts';
import type { ServerUpdate } from './server-update.ts';
import { retryDelayMs } from './times.ts';
import type { ConnectionContext } from './transport.ts';

/** Receives the events of a stream, and determines which sandbox it follows. */
export interface StreamObserver {
  sandboxId(): string | undefined;
  /** The stream is complete from here on. */
  onOpen(): void;
  onUpdate(update: ServerUpdate): void;
  /** A frame arrived so late that one of the clocks may have been corrected. Called at most once per `times.silenceMs`. */
  onLateFrame(): void;
  /** The stream ended. `retryAfterMs`: how long the server asked to be left alone, in ms. */
  onLost(problem: string, retryAfterMs?: number): void;
}

/** Follows one stream after another. Each resumes where the previous one ended. */
export interface StreamFollower {
  /** Opens a stream. Returns false if one is open, if the protocol has none, or during the back-off after a failure. */
  open(): boolean;
  /** Ends the back-off, so that a stream can be opened at once. */
  endBackOff(): void;
  stop(): void;
}

/**
 * Creates a follower. Its stream counts as broken when it is silent for `times.silenceMs`. The back-off starts again from the
 * shortest delay only after a stream that was open for `times.requestMs`.
 */
export function createStreamFollower(
  protocol: Protocol,
  { clock, times, random }: ConnectionContext,
  clockOffset: ClockOffset,
  observer: StreamObserver,
): StreamFollower {
  let failures = 0;
  let isBackingOff = false;
  let sequence: number | undefined;
  let close: (() => void) | undefined;
  let cancelSilence = () => {};
  let cancelStable = () => {};
  let cancelBackOff = () => {};
  let isLateKnown = false;
  let cancelLate = () => {};

  function restartSilence(): void {
    cancelSilence();
    cancelSilence = clock.wake(times.silenceMs, () => lose('The event stream timed out.'));
  }

  function endBackOff(): void {
    cancelBackOff();
    isBackingOff = false;
  }

  function lose(problem: string, retryAfterMs?: number): void {
    stop();
    isBackingOff = true;
    cancelBackOff = clock.wake(retryDelayMs(++failures, times, random), endBackOff);
    observer.onLost(problem, retryAfterMs);
  }

  /** Reports a late frame, but not every frame of a stream that something holds back. */
  function reportLate(): void {
    if (isLateKnown) return;
    isLateKnown = true;
    cancelLate = clock.wake(times.silenceMs, () => {
      isLateKnown = false;
    });
    observer.onLateFrame();
  }

  function stop(): void {
    const closeStream = close;
    close = undefined;
    isLateKnown = false;
    cancelLate();
    cancelSilence();
    cancelStable();
    endBackOff();
    closeStream?.();
  }

  return {
    open() {
      if (!protocol.follow || close || isBackingOff) return false;
      const sentAtMs = clock.now();
      /** Ignores events of this stream after it has ended: another stream may be open. */
      const ifCurrent =
        <Args extends unknown[]>(callback: (...args: Args) => void) =>
        (...args: Args) => {
          if (close !== own) return;
          restartSilence();
          callback(...args);
        };
      const own = protocol.follow(observer.sandboxId(), sequence, {
        onOpen: ifCurrent(() => {
          cancelStable();
          cancelStable = clock.wake(times.requestMs, () => {
            failures = 0;
          });
          observer.onOpen();
        }),
        onUpdate: ifCurrent((update: ServerUpdate) => {
          const problem = problemOf(update);
          if (problem) return lose(problem);
          sequence = update.sequence ?? sequence;
          observer.onUpdate(update);
        }),
        onAlive: ifCurrent((serverTime) => {
          if (serverTime && clockOffset.learn(serverTime, sentAtMs)) reportLate();
        }),
        onClosed: ifCurrent(lose),
      });
      close = own;
      restartSilence();
      return true;
    },
    endBackOff,
    stop,
  };
}
