import { randomUUID } from 'node:crypto';
import { RuleError } from '../../errors.ts';

const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of a request: its own when it has a good one, else a new one. */
export function requestIdOf({ headers }: Request): string {
  const own = headers.get('x-request-id');
  return own !== null && requestIdPattern.test(own) ? own : randomUUID();
}

/** The idempotency key of a request, if it has one. Throws a `RuleError` for one that is none. */
export function idempotencyKeyOf({ headers }: Request): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new RuleError('The Idempotency-Key has to be 1 to 255 printable ASCII characters.');
}

/** One entity tag of a list, weak or strong, with what separates it from the next. */
const entityTag = /\s*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*)?(?:,|$)/y;

/**
 * The versions that `If-Match` allows, or undefined when any will do. A tag that is weak, or no version, is passed
 * over: nothing ever matches it. Throws a `RuleError` for what is no list of tags.
 */
export function matchOf({ headers }: Request): readonly number[] | undefined {
  const header = headers.get('if-match')?.trim();
  if (header === undefined || header === '*') return undefined;
  const versions: number[] = [];
  let tags = 0;
  entityTag.lastIndex = 0;
  while (entityTag.lastIndex < header.length) {
    const [, weak, tag] = entityTag.exec(header) ?? [];
    // After a failure the place is 0 again, after an empty element there is no tag.
    if (entityTag.lastIndex === 0) throw malformedMatch();
    if (tag === undefined) continue;
    tags += 1;
    if (weak === undefined && /^[1-9]\d{0,15}$/.test(tag)) versions.push(Number(tag));
  }
  if (tags === 0) throw malformedMatch();
  return versions;
}

function malformedMatch(): RuleError {
  return new RuleError('If-Match has to be *, or versions in quotes as they come in ETag, such as "3".');
}

/** The place after which a stream goes on, or undefined for a new one. A place that was never given out is none. */
export function lastEventIdOf(request: Request, url: URL, latest: number): number | undefined {
  const given = request.headers.get('last-event-id') ?? url.searchParams.get('last_event_id') ?? '';
  const place = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  return place <= latest ? place : undefined;
}
