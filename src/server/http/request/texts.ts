import { SchemaError } from '../../../schema/parse.ts';
import { printable } from '../../../utils/printable.ts';

/** A character that is no text: NUL, which ends a text for some, and half a surrogate pair, which no encoding has. */
const noText = /[\0\p{Surrogate}]/u;

const message = 'must not have a NUL or half a surrogate pair in it';

/** Throws a {@link SchemaError}, with the path, for a text or a key in a parsed body that is none. */
export function mustBeText(value: unknown, path = 'body'): void {
  if (typeof value === 'string') {
    if (noText.test(value)) throw new SchemaError([{ path, message }]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inside] of Object.entries(value)) {
      if (noText.test(key)) throw new SchemaError([{ path: `A key of ${path}`, message }]);
      mustBeText(inside, `${path}.${printable(key)}`);
    }
  }
}
