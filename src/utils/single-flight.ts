/**
 * Lets concurrent callers share one run of `act`. Runs do not overlap. A caller joins the run that starts next, never
 * one in progress, so no result is older than the call. Rejects as `act` does.
 *
 * @example
 * const listProcesses = singleFlight(() => readProcessTable());
 * const [one, two] = await Promise.all([listProcesses(), listProcesses()]); // one run
 */
export function singleFlight<Result>(act: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Result> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      const run = act();
      running = run.catch(() => {});
      return run;
    });
    return next;
  };
}
