import { problemOf } from './check-update.ts';
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
  onLost(problem: string): void;
}

/** Follows one stream after another. Each resumes where the previous one ended. */
export interface StreamFollower {
  /** Opens a stream. Returns false if one is open, if the protocol has none, or during the back-off after a failure. */
  open(): boolean;
  stop(): void;
}

/** Creates a follower whose stream counts as broken when it is silent for `times.silenceMs`. */
export function createStreamFollower(
  protocol: Protocol,
  context: ConnectionContext,
  observer: StreamObserver,
): StreamFollower {
  const { clock, times, random } = context;
  let failures = 0;
  let notBefore = 0;
  let sequence: number | undefined;
  let close: (() => void) | undefined;
  let cancelSilence = () => {};

  function restartSilence(): void {
    cancelSilence();
    cancelSilence = clock.wake(times.silenceMs, () => lose('The event stream timed out.'));
  }

  function lose(problem: string): void {
    stop();
    notBefore = clock.now() + retryDelayMs(++failures, times, random);
    observer.onLost(problem);
  }

  function stop(): void {
    const closeStream = close;
    cancelSilence();
    close = undefined;
    closeStream?.();
  }

  return {
    open() {
      if (!protocol.follow || close || clock.now() < notBefore) return false;
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
          failures = 0;
          observer.onOpen();
        }),
        onUpdate: ifCurrent((update: ServerUpdate) => {
          const problem = problemOf(update);
          if (problem) return lose(problem);
          sequence = update.sequence ?? sequence;
          observer.onUpdate(update);
        }),
        onAlive: ifCurrent(() => {}),
        onClosed: ifCurrent(lose),
      });
      close = own;
      restartSilence();
      return true;
    },
    stop,
  };
}
