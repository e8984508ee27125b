/**
 * Lets many callers share one expensive answer. A caller joins the round that is yet to begin, never one under way, so
 * no answer is older than the call.
 */
export function batch<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      const round = work();
      running = round.catch(() => {});
      return round;
    });
    return next;
  };
}
