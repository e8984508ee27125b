/** Counts events, so that a proof can show that it covered them. */
export class Tally {
  readonly counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  add(counts: Readonly<Record<string, number>>, prefix: string): void {
    for (const [what, times] of Object.entries(counts)) this.count(prefix + what, times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }
}
