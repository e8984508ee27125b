/** The right of a host to act on the platform, where several hosts share a store. */
export interface Holding {
  /** Whether this host holds a sandbox, and so carries out the work of its record. */
  holds(sandboxId: string): boolean;
  /** Runs `act` while this host holds a sandbox. Returns false, without a call, when another living host holds it. */
  whileHeld(sandboxId: string, act: () => Promise<unknown>): Promise<boolean>;
  /** Whether it is the turn of this host to do a task that one host does per interval. An interval of 0 ends a turn at once. */
  turn(task: string, everyMs: number): Promise<boolean>;
}

/** The holding of a host that has its store alone: it holds everything. */
export const aloneHolding: Holding = {
  holds: () => true,
  async whileHeld(_, act) {
    await act();
    return true;
  },
  turn: async () => true,
};
