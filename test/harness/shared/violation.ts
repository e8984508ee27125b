import { isDeepStrictEqual } from 'node:util';

/** A violated invariant. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Throws a {@link Violation} unless the condition holds. */
export function must(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Violation(typeof what === 'string' ? what : what());
}

/** Throws a {@link Violation} that shows both values, unless they are deeply equal. */
export function mustEqual(found: unknown, expected: unknown, what: string): void {
  must(
    isDeepStrictEqual(found, expected),
    () => `${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`,
  );
}
