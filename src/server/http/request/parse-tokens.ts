import { checkTokens, type PlacedToken, type Scope, type Token } from './tokens.ts';

/**
 * Reads tokens from text, one per line: the SHA-256 of the token in hex, the namespace (`*` for an operator), and optionally the name of
 * the owner for the history, `scopes=` with scopes separated by commas, and `expires=` with a date or a time in UTC. `#` starts a
 * comment. Throws an error that names the line; also for a token that occurs twice, and for one that no request can carry.
 *
 * @example
 * parseTokens('2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae my-team ada scopes=read expires=2027-01-01');
 */
export function parseTokens(text: string): Token[] {
  const placed = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, index): PlacedToken[] => {
      const content = line.replace(/#.*/, '').trim();
      const place = `Line ${index + 1} of the tokens`;
      return content === '' ? [] : [{ token: parseToken(content, place), place }];
    });
  checkTokens(placed);
  return placed.map(({ token }) => token);
}

/** Reads one line without its comment. */
function parseToken(content: string, place: string): Token {
  const [sha256 = '', namespace = '', ...rest] = content.split(/\s+/);
  const fields: { name?: string; scopes?: readonly Scope[]; expiresAt?: number } = {};
  for (const field of rest) {
    const [, key = 'name', value = field] = /^(scopes|expires)=(.*)$/.exec(field) ?? [];
    const target = key === 'expires' ? 'expiresAt' : (key as 'name' | 'scopes');
    if (fields[target] !== undefined)
      throw new Error(`${place} has two fields for ${fieldNames[target]}: use one.`);
    if (target === 'name') fields.name = value;
    else if (target === 'scopes') fields.scopes = value.split(',') as Scope[];
    else fields.expiresAt = expiryOf(value, place);
  }
  return { sha256, namespace, ...fields };
}

const fieldNames = { name: 'the owner', scopes: 'the scopes', expiresAt: 'the expiry' };

/** The instant of a date (its beginning in UTC) or a time, in epoch ms. */
function expiryOf(text: string, place: string): number {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2})?Z)?$/.exec(text) ?? [];
  const at = Date.parse(text);
  // `Date` turns the 31st of February into a day of March.
  if (date !== undefined && !Number.isNaN(at) && new Date(at).toISOString().startsWith(date)) return at;
  throw new Error(`${place} has an invalid expiry: use a date such as 2027-01-01, or 2027-01-01T12:00:00Z.`);
}
