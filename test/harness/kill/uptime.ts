/** When a server was there to do anything. */
export interface Uptime {
  /** A server listens. Answers how to say that it is gone. */
  begin(): () => void;
  /** For how many ms of this time, from one instant to another (epoch ms), a server was up. */
  between(from: number, to: number): number;
}

/** No server was ever up. */
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
