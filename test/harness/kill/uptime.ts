/** The times during which a server was up. */
export interface Uptime {
  /** Records that a server listens. Returns a function that records its end. */
  begin(): () => void;
  /** How many ms a server was up between two instants (epoch ms). */
  between(from: number, to: number): number;
}

/** Creates an uptime without servers. */
export function createUptime(): Uptime {
  const spans: { from: number; to: number }[] = [];
  return {
    begin() {
      const span = { from: Date.now(), to: Number.POSITIVE_INFINITY };
      spans.push(span);
      return () => {
        span.to = Math.min(span.to, Date.now());
      };
    },
    between: (from, to) =>
      spans.reduce(
        (total, span) => total + Math.max(0, Math.min(span.to, to) - Math.max(span.from, from)),
        0,
      ),
  };
}
