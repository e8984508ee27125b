/** A log of a run, with a hash over all of its lines. */
export interface Trace {
  add(line: string): void;
  /** The last lines. */
  tail(lines: number): readonly string[];
  /** A hash that is equal for equal traces. */
  hash(): string;
}

/** Creates a trace. Each line begins with the elapsed time in seconds. */
export function createTrace(elapsed: () => number): Trace {
  const lines: string[] = [];
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;

  return {
    add(text) {
      const line = `${(elapsed() / 1000).toFixed(3)} ${text}`;
      lines.push(line);
      for (let index = 0; index < line.length; index++) {
        high = Math.imul(high ^ line.charCodeAt(index), 0x01000193);
        low = Math.imul(low + line.charCodeAt(index), 0x85ebca6b) ^ (low >>> 13);
      }
    },
    tail: (count) => lines.slice(-count),
    hash: () => `${lines.length}-${(high >>> 0).toString(16)}${(low >>> 0).toString(16)}`,
  };
}
