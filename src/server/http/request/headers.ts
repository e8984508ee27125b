import { RuleError } from '../../errors.ts';

const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of a request: the one that it sends when that is valid, else a new one. */
export function requestIdOf({ headers }: Request): string {
  const own = headers.get('x-request-id');
  return own !== null && requestIdPattern.test(own) ? own : crypto.randomUUID();
}

/** The idempotency key of a request, if it has one. Throws a `RuleError` for an invalid one. */
export function idempotencyKeyOf({ headers }: Request): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new RuleError('The Idempotency-Key must be 1 to 255 printable ASCII characters.');
}

/**
 * The sequence after which a stream continues, or undefined for a new stream. A sequence greater than `latest` was
 * never sent, and so also starts a new stream.
 */
export function lastEventIdOf(request: Request, url: URL, latest: number): number | undefined {
  const given = request.headers.get('last-event-id') ?? url.searchParams.get('last_event_id') ?? '';
  const sequence = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  return sequence <= latest ? sequence : undefined;
}
