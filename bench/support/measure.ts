/**
 * Measures the CPU time of each runner in ns per step. The runners alternate within each round, and the first round only
 * warms up. Returns the rounds of each runner.
 */
export function cpuTime(rounds: number, steps: number, runners: readonly (() => void)[]): number[][] {
  const samples: number[][] = runners.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, run] of runners.entries()) {
      const start = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(start);
      if (round >= 0) samples[index]?.push(((user + system) * 1_000) / steps);
    }
  }
  return samples;
}

/** The median of some numbers; 0 for none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
