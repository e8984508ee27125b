/** The latest releases, so that a late boot does not start a released sandbox again. */
export interface Released {
  add(id: string, operation: number): void;
  /** Whether the sandbox was released by this operation or a newer one. */
  isOver(id: string, operation: number): boolean;
}

/** The most releases to remember: more than can be in flight, and few enough for a server that never restarts. */
const most = 10_000;

/** Creates an empty list of releases. */
export function createReleased(): Released {
  const latest = new Map<string, number>();
  return {
    add(id, operation) {
      const newest = Math.max(operation, latest.get(id) ?? 0);
      latest.delete(id);
      latest.set(id, newest);
      const [oldest] = latest.keys();
      if (latest.size > most && oldest !== undefined) latest.delete(oldest);
    },
    isOver: (id, operation) => operation <= (latest.get(id) ?? -1),
  };
}
