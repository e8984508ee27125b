import type { Clock } from '../../utils/clock.ts';

/**
 * Asks once. `done` is called exactly once: with the answer, or with undefined when the call failed or took longer than
 * `limitMs`, whereupon it is called off. The function that it answers calls it off without `done`.
 */
export function withTimeout<Answer>(
  clock: Clock,
  limitMs: number,
  call: (signal: AbortSignal) => PromiseLike<Answer>,
  done: (answer: Answer | undefined) => void,
): () => void {
  const controller = new AbortController();
  let isOver = false;
  const end = (answer?: Answer, tell = true) => {
    if (isOver) return;
    isOver = true;
    cancel();
    if (answer === undefined) controller.abort();
    if (tell) done(answer);
  };
  const cancel = clock.wake(limitMs, end);
  Promise.resolve(controller.signal)
    .then(call)
    .then(end, () => end());
  return () => end(undefined, false);
}
