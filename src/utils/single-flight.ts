/**
 * Makes of an act one that runs once at a time: asked for while it runs, it runs once more when it has ended. What
 * comes back resolves when nothing is left to be done. The act must not throw.
 */
export function singleFlight(act: () => Promise<void>): () => Promise<void> {
  let flight: Promise<void> | undefined;
  let again = false;

  async function fly(): Promise<void> {
    do {
      again = false;
      await act();
    } while (again);
    flight = undefined;
  }

  return () => {
    again = true;
    flight ??= fly();
    return flight;
  };
}
