import { RuleError } from '../errors.ts';
import { mostByAbsence } from './absence.ts';

/** Sandboxes that are proven absent, but are more than the host ends by itself. An operator decides. */
export interface Absences {
  /** How many sandboxes are absent. */
  readonly count: number;
  /** How many sandboxes should exist on the platform, the absent ones included. */
  readonly living: number;
  /** The ids of the first hundred. */
  readonly sandboxIds: readonly string[];
}

/** The absent sandboxes that wait for an operator. */
export interface HeldAbsences {
  /** Null when none waits. */
  current(): Absences | null;
  /** The ids that wait. Throws `RuleError` when they are not `count`, which is the number that the operator saw. */
  confirmed(count: number): ReadonlySet<string>;
  /** Takes the proven absences of a look. Returns those to end now; the others wait. */
  sift<One extends { readonly sandboxId: string }>(
    proven: readonly One[],
    living: number,
    confirmed: ReadonlySet<string>,
  ): readonly One[];
}

/** How many ids are listed. */
const mostIds = 100;

/**
 * Creates the set of absences. `onChange` is called when it changes, but not again at each look that finds the same. `mostOf` returns
 * how many of the living sandboxes may end without an operator.
 */
export function createHeldAbsences(
  onChange: (absences: Absences | null) => void,
  mostOf: (living: number) => number = mostByAbsence,
): HeldAbsences {
  let held: ReadonlySet<string> = new Set();
  let living = 0;

  function current(): Absences | null {
    return held.size === 0
      ? null
      : { count: held.size, living, sandboxIds: [...held].slice(0, mostIds).sort() };
  }

  function hold(ids: readonly string[], livingNow: number): void {
    const before = held;
    held = new Set(ids);
    living = livingNow;
    if (before.size !== held.size || ids.some((id) => !before.has(id))) onChange(current());
  }

  return {
    current,
    confirmed(count) {
      if (held.size === count && count > 0) return held;
      const now = held.size === 0 ? 'no sandbox is' : `${held.size} sandboxes are`;
      throw new RuleError(
        `The confirmation is for ${count} absent sandboxes, but ${now} waiting for one; read the list again.`,
      );
    },
    sift(proven, livingNow, confirmed) {
      const [ending, open] = [
        proven.filter(({ sandboxId }) => confirmed.has(sandboxId)),
        proven.filter(({ sandboxId }) => !confirmed.has(sandboxId)),
      ];
      const isWithin = open.length <= mostOf(livingNow);
      hold(isWithin ? [] : open.map(({ sandboxId }) => sandboxId), livingNow);
      return isWithin ? [...ending, ...open] : ending;
    },
  };
}
