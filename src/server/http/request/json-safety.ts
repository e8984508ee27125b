import { printable } from '../../../utils/printable.ts';
import { RuleError } from '../../errors.ts';

/** How deep arrays and objects may lie in each other. */
const deepestBody = 32;

/**
 * Looks through JSON text once, before it is parsed. Throws a {@link RuleError} when something lies too deep in it, or
 * when an object has a key twice: which of the two would count is up to whoever reads it. Whether the text is JSON at
 * all is the parser's to say.
 */
export function mustBeShallowAndPlain(text: string): void {
  // The keys so far of each object that is open, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      if (open.length === deepestBody) {
        throw new RuleError(`The body has more than ${deepestBody} arrays and objects in each other.`);
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

/** Where the string that begins here ends; the end of the text for one that does not. */
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
    throw new RuleError(`The body has the key "${printable(key)}" twice in one object; give it once.`);
  }
  keys.add(key);
}

function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    // The parser will say so.
    return literal;
  }
}
