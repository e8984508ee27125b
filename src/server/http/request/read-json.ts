import { SchemaError } from '../../../schema/parse.ts';
import { printable } from '../../../utils/printable.ts';
import { RuleError } from '../../errors.ts';

/**
 * Reads untrusted JSON. Throws `RuleError` for a text that is not JSON, is too deep or has a key twice in one object,
 * and `SchemaError` with the path for a string that is not valid text.
 */
export function readJson(text: string): unknown {
  mustBeShallowAndPlain(text);
  const value = parseJson(text);
  mustBeText(value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RuleError('The body is not JSON.');
  }
}

/** The maximum depth of nested arrays and objects. */
const deepestBody = 32;

/**
 * Scans JSON text before the parser does. Throws when it is too deep, or when an object has a key twice: parsers differ
 * in which of the two they use. The scan does not check whether the text is JSON.
 */
function mustBeShallowAndPlain(text: string): void {
  // The keys so far of each open object, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      if (open.length === deepestBody) {
        throw new RuleError(`The body nests arrays and objects more than ${deepestBody} levels deep.`);
      }
      open.push(character === '{' ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isFollowedByColon(text, end)) addKey(keys, text.slice(at, end + 1));
      at = end;
    }
  }
}

/** The end of the string that starts here, or the end of the text for an unterminated string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function isFollowedByColon(text: string, end: number): boolean {
  let at = end + 1;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}

function addKey(keys: Set<string>, literal: string): void {
  const key = literal.includes('\\') ? unescaped(literal) : literal.slice(1, -1);
  if (keys.has(key)) {
    throw new RuleError(`The body has the key "${printable(key)}" twice in one object; send it once.`);
  }
  keys.add(key);
}

function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    // The parser rejects it.
    return literal;
  }
}

/** Characters that valid text does not contain: NUL, which ends a text for some readers, and lone surrogates. */
const invalidText = /[\0\p{Surrogate}]/u;

const invalidMessage = 'must not contain a NUL or a lone surrogate';

/** Throws a {@link SchemaError} with the path for an invalid text or key in a parsed body. */
function mustBeText(value: unknown, path = 'body'): void {
  if (typeof value === 'string') {
    if (invalidText.test(value)) throw new SchemaError([{ path, message: invalidMessage }]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inside] of Object.entries(value)) {
      if (invalidText.test(key))
        throw new SchemaError([{ path: `A key of ${path}`, message: invalidMessage }]);
      mustBeText(inside, `${path}.${printable(key)}`);
    }
  }
}
