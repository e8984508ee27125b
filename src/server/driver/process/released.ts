/** The latest releases, so that a boot that comes after the release of its sandbox brings nothing up again. */
export interface Released {
  add(id: string, operation: number): void;
  /** Whether the sandbox was released by an operation newer than this one. */
  isOver(id: string, operation: number): boolean;
}

/** So many are remembered: more than can be on their way, few enough for a server that never ends. */
const most = 10_000;

/** Nothing has been released yet. */
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
