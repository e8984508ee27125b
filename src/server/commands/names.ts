import { RuleError } from '../errors.ts';

/** The words that stand directly below `/sandboxes/` in the HTTP API, where a name would be ambiguous. */
export const reservedNames: readonly string[] = ['events'];

/**
 * Throws `RuleError` for a name that a path of the API could mistake for something else: a word of the API, or 21 lowercase
 * letters and digits, as an id has. Source: wire, "Added in version 2".
 */
export function mustBeUnambiguous(name: string | null | undefined): void {
  if (name == null) return;
  if (reservedNames.includes(name))
    throw new RuleError(`The name "${name}" is a word of the API; choose another.`);
  if (/^[0-9a-z]{21}$/.test(name))
    throw new RuleError(
      `The name "${name}" looks like an id; choose one that does not have 21 letters and digits.`,
    );
}
