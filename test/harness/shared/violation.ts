import { isDeepStrictEqual } from 'node:util';

/** Something that must never be the case, and was. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Throws a {@link Violation} unless it holds. */
export function must(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Violation(typeof what === 'string' ? what : what());
}

/** Throws a {@link Violation} that shows both, unless they are equal through and through. */
export function mustEqual(found: unknown, expected: unknown, what: string): void {
  must(
    isDeepStrictEqual(found, expected),
    () => `${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`,
  );
}
