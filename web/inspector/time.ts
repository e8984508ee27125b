/** Writes an instant as a date and a time. Returns an empty text for an instant that no date can express. */
export const instant = (at: number) =>
  Math.abs(at) < 8.64e15 ? new Date(at).toISOString().replace('T', ' ').slice(0, -1) : '';

/** The time of day, to the ms. */
export const clock = (at: number) => instant(at).slice(11);

/** Writes a duration in words. */
export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (ms < 1_000) return `${ms} ms`;
  if (minutes < 1) return `${(ms / 1_000).toFixed(1)} s`;
  return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
}
