import { RuleError } from '../../errors.ts';
import type { WriteOptions } from '../../host.ts';
import type { RequestContext } from '../request-context.ts';
import { etagOf } from '../response/reply.ts';

/** `If-Match` has tags, but none of them can be a version of a sandbox. */
export class NoMatchError extends Error {
  override readonly name = 'NoMatchError';

  constructor(current: string) {
    super(`The sandbox has the tag ${current}; send it in If-Match as it is, not as a weak tag.`);
  }
}

/** The sandbox and the version that a change requires; no field for any. */
type Condition = Pick<WriteOptions, 'ifSandbox' | 'ifVersion'>;

/**
 * The condition of a change by `If-Match`. Of several tags, the current one of the sandbox. Throws {@link NoMatchError},
 * `RuleError` for a malformed header, and what the host throws.
 */
export async function conditionOf({ request, host, namespace, id }: RequestContext): Promise<Condition> {
  const conditions = conditionsOf(request);
  if (conditions === undefined) return {};
  const [first, ...others] = conditions;
  if (first !== undefined && others.length === 0) return first;
  const { sandbox } = await host.get(namespace, id);
  if (first === undefined) throw new NoMatchError(etagOf(sandbox)['etag'] ?? '');
  // Without the current tag among them, the host rejects the first, or finds the result by the idempotency key.
  return (
    conditions.find(
      ({ ifSandbox, ifVersion }) => ifSandbox === sandbox.id && ifVersion === sandbox.version,
    ) ?? first
  );
}

/** One entity tag of a list, weak or strong, with the separator after it. */
const entityTag = /\s*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*)?(?:,|$)/y;

/**
 * The conditions in `If-Match`, or undefined for none. Skips weak tags and tags that this server does not issue, because
 * they never match.
 */
function conditionsOf({ headers }: Request): readonly Condition[] | undefined {
  const header = headers.get('if-match')?.trim();
  if (header === undefined || header === '*') return undefined;
  const conditions: Condition[] = [];
  let tags = 0;
  entityTag.lastIndex = 0;
  while (entityTag.lastIndex < header.length) {
    const [, weak, tag] = entityTag.exec(header) ?? [];
    // The index is 0 after a failed match. An empty element has no tag.
    if (entityTag.lastIndex === 0) throw malformed();
    if (tag === undefined) continue;
    tags += 1;
    const [, ifSandbox, version] = /^(.+)-([1-9]\d{0,15})$/.exec(tag) ?? [];
    if (weak === undefined && ifSandbox !== undefined)
      conditions.push({ ifSandbox, ifVersion: Number(version) });
  }
  if (tags === 0) throw malformed();
  return conditions;
}

function malformed(): RuleError {
  return new RuleError(
    'If-Match must be *, or tags in quotes as in ETag, such as "k3v9q0x1m2n4b5c6d7f8g-3".',
  );
}
