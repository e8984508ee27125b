import { hostCauses } from '../../changes/host-causes.ts';
import { RuleError } from '../../errors.ts';

const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The id of a request: the one that it sends when that is valid, else a new one. It becomes the cause of a change, so it cannot be
 * a cause of the host's own changes.
 */
export function requestIdOf({ headers }: Request): string {
  const own = headers.get('x-request-id');
  const isValid = own !== null && requestIdPattern.test(own) && !hostCauses.includes(own);
  return isValid ? own : crypto.randomUUID();
}

/** The idempotency key of a request, if it has one. Throws a `RuleError` for an invalid one. */
export function idempotencyKeyOf({ headers }: Request): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new RuleError('The Idempotency-Key must be 1 to 255 printable ASCII characters.');
}

/** The event after which a stream continues. */
interface LastEvent {
  readonly sequence: number;
  /** The sandbox that the stream follows, which is part of the event ids of such a stream. */
  readonly sandboxId: string | undefined;
}

/**
 * The event after which a stream continues, or undefined for a new stream. A sequence greater than `latest` was never
 * sent, and so also starts a new stream.
 */
export function lastEventOf(request: Request, url: URL, latest: number): LastEvent | undefined {
  const given = request.headers.get('last-event-id') ?? url.searchParams.get('last_event_id') ?? '';
  const [, digits, sandboxId] = /^(\d{1,16})(?:-(.{1,128}))?$/.exec(given) ?? [];
  const sequence = digits === undefined ? Number.NaN : Number(digits);
  return sequence <= latest ? { sequence, sandboxId } : undefined;
}
