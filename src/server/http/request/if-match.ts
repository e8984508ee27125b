import type { WriteOptions } from '../../host.ts';
import type { AdmittedRequest } from '../request-context.ts';
import { matchOf } from './headers.ts';

/** `If-Match` has tags, and none that could ever be the version of a sandbox. */
export class NoMatchError extends Error {
  override readonly name = 'NoMatchError';

  constructor(version: number) {
    super(
      `The sandbox is of version ${version}; If-Match has to name it as "${version}", and not as a weak tag.`,
    );
  }
}

/**
 * How a change is to be made, with the version that it is for, as `If-Match` has it. Of several, the one that the
 * sandbox is of. Throws {@link NoMatchError}, and what the host throws.
 */
export async function withVersion({
  request,
  services,
  namespace,
  id,
  write,
}: AdmittedRequest): Promise<WriteOptions> {
  const versions = matchOf(request);
  if (versions === undefined) return write;
  const [first, ...others] = versions;
  if (first !== undefined && others.length === 0) return { ...write, ifVersion: first };
  const { version } = (await services.host.get(namespace, id)).sandbox;
  if (first === undefined) throw new NoMatchError(version);
  // When it is none of them any more, the host says so, or knows the answer by the idempotency key.
  return { ...write, ifVersion: versions.includes(version) ? version : first };
}
