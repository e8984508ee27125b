import { RuleError } from '../../errors.ts';
import type { RequestContext } from '../request-context.ts';

/** `If-Match` has tags, but none of them can be the version of a sandbox. */
export class NoMatchError extends Error {
  override readonly name = 'NoMatchError';

  constructor(version: number) {
    super(`The sandbox is at version ${version}; send it in If-Match as "${version}", not as a weak tag.`);
  }
}

/**
 * The version of the sandbox that a change requires by `If-Match`, undefined for any version. Of several versions, the
 * current one of the sandbox. Throws {@link NoMatchError}, `RuleError` for a malformed header, and what the host throws.
 */
export async function ifVersionOf({
  request,
  host,
  namespace,
  id,
}: RequestContext): Promise<number | undefined> {
  const versions = versionsOf(request);
  if (versions === undefined) return undefined;
  const [first, ...others] = versions;
  if (first !== undefined && others.length === 0) return first;
  const { version } = (await host.get(namespace, id)).sandbox;
  if (first === undefined) throw new NoMatchError(version);
  // Without the current version among them, the host rejects the first, or finds the result by the idempotency key.
  return versions.includes(version) ? version : first;
}

/** One entity tag of a list, weak or strong, with the separator after it. */
const entityTag = /\s*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*)?(?:,|$)/y;

/**
 * The versions in `If-Match`, or undefined for any version. Skips weak tags and tags that are not a version, because they
 * never match.
 */
function versionsOf({ headers }: Request): readonly number[] | undefined {
  const header = headers.get('if-match')?.trim();
  if (header === undefined || header === '*') return undefined;
  const versions: number[] = [];
  let tags = 0;
  entityTag.lastIndex = 0;
  while (entityTag.lastIndex < header.length) {
    const [, weak, tag] = entityTag.exec(header) ?? [];
    // The index is 0 after a failed match. An empty element has no tag.
    if (entityTag.lastIndex === 0) throw malformed();
    if (tag === undefined) continue;
    tags += 1;
    if (weak === undefined && /^[1-9]\d{0,15}$/.test(tag)) versions.push(Number(tag));
  }
  if (tags === 0) throw malformed();
  return versions;
}

function malformed(): RuleError {
  return new RuleError('If-Match must be *, or versions in quotes as in ETag, such as "3".');
}
