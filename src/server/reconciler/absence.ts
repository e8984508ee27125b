import type { Sandbox } from '../../model/sandbox.ts';

/** The span of one look at the platform, in ms by monotonic time. */
export interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A sandbox that a look did not find. The incarnation is null for a suspended one. */
interface Missing {
  readonly sandboxId: string;
  readonly incarnation: number | null;
}

/** The evidence that sandboxes no longer exist. It is in memory, so after a restart it begins from nothing. */
export interface AbsenceEvidence {
  /** Records a boot, a resume or an adoption: the sandbox is not judged for a grace. */
  started(sandboxId: string): void;
  /**
   * Adds a look. `missing` are all sandboxes that it did not find; every other one counts as seen, except those in
   * `unknown`, about which the look failed. Returns the missing ones that are proven absent.
   */
  add<One extends Missing>(look: Span, missing: readonly One[], unknown: ReadonlySet<string>): One[];
}

/** The limits of the evidence, in ms. */
export interface AbsenceLimits {
  /** The least time between the first and the last look at which a sandbox is absent. */
  readonly leastMs: number;
  /** The time after a boot, a resume or an adoption in which a sandbox is not judged. */
  readonly youthMs: number;
}

/** Creates evidence without a look. `now` reads the monotonic time, in ms. The host counts as started at the call. */
export function createAbsenceEvidence(
  { leastMs, youthMs }: AbsenceLimits,
  now: () => number,
): AbsenceEvidence {
  const hostStartedAt = now();
  /** The end of the first look at which each sandbox was absent, and its incarnation then. */
  const absent = new Map<string, { readonly incarnation: number | null; readonly at: number }>();
  const starts = new Map<string, number>();

  function isYoung(sandboxId: string, at: number): boolean {
    return !hasPassed(starts.get(sandboxId) ?? hostStartedAt, at, youthMs);
  }

  function forgetSeen(kept: ReadonlySet<string>, at: number): void {
    for (const id of absent.keys()) if (!kept.has(id)) absent.delete(id);
    for (const id of starts.keys()) if (!isYoung(id, at)) starts.delete(id);
  }

  return {
    started(sandboxId) {
      starts.set(sandboxId, now());
      absent.delete(sandboxId);
    },
    add({ startedAt, endedAt }, missing, unknown) {
      const kept = new Set(unknown);
      const proven = missing.filter(({ sandboxId, incarnation }) => {
        if (isYoung(sandboxId, startedAt)) return false;
        kept.add(sandboxId);
        const first = absent.get(sandboxId);
        if (first?.incarnation === incarnation) return hasPassed(first.at, startedAt, leastMs);
        absent.set(sandboxId, { incarnation, at: endedAt });
        return false;
      });
      forgetSeen(kept, startedAt);
      return proven;
    },
  };
}

/** Whether a look that starts at `at` is at least this long after an earlier instant. */
export function hasPassed(since: number, at: number, leastMs: number): boolean {
  return at - since >= leastMs;
}

/** How many of the living sandboxes one look may end by absence alone. */
export function mostByAbsence(living: number): number {
  return Math.max(1, Math.floor(living / 10));
}

/** The reason of an end by absence alone. The release of a record with this reason waits. */
export const absenceReason = 'The platform no longer has the sandbox: it was missing at repeated looks.';

/** Whether a sandbox ended by absence alone, or is lost: a wrong claim must not come true before its grace has passed. */
export function isEndedByAbsence({ outcome }: Pick<Sandbox, 'outcome'>): boolean {
  return outcome?.reason === 'lost' || (outcome?.reason === 'crashed' && outcome.detail === absenceReason);
}
