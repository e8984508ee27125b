import { createBody, updateBody } from '../../../schema/http/requests.ts';
import { sandboxInfoSchema } from '../../../schema/http/responses.ts';
import { SchemaError } from '../../../schema/parse.ts';
import { RuleError } from '../../errors.ts';

/** Fields that a request must not have, each with the end of the sentence about it. */
export type RefusedFields = ReadonlyMap<string, string>;

/**
 * Throws a {@link RuleError} when a body has one of these fields, with a value other than null or an empty array, and a
 * `SchemaError` for a key of the metadata that no schema can see.
 */
export function mustNotHave(fields: RefusedFields, body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  for (const [field, value] of Object.entries(body)) {
    const problem = fields.get(field);
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    if (problem !== undefined && !isEmpty) throw new RuleError(`body.${field} ${problem}.`);
    // A schema drops this key before it reads the value.
    if (field === 'metadata' && value !== null && Object.hasOwn(Object(value), '__proto__'))
      throw new SchemaError([{ path: 'body.metadata.__proto__', message: 'is not a key; use another one' }]);
  }
}

/** Fields by which other servers mount something into a sandbox, or pass it a secret. Here they would have no effect. */
const unsupported = ['file_systems', 'filesystems', 'mounts', 'volumes', 'secrets', 'env', 'environment'].map(
  (field) => [field, 'is not supported by this server; leave it out'] as const,
);

const network = ['network_policy', 'is the name of this field in responses; send it as network'] as const;

/** All fields of responses and of other requests, but for those of this one. */
function fieldsOf(own: object, entries: RefusedFields): RefusedFields {
  return new Map([...entries].filter(([field]) => !Object.hasOwn(own, field)));
}

const infoFields = Object.keys(sandboxInfoSchema.shape);

/** Refused in a create request: what it cannot set, and what this server does not support. */
export const refusedInCreate = fieldsOf(
  createBody.shape,
  new Map([
    ...infoFields.map((field) => [field, 'cannot be set by a create request; leave it out'] as const),
    ...unsupported,
    network,
  ]),
);

/** Refused in an update: what it cannot change, and what this server does not support. */
export const refusedInUpdate = fieldsOf(
  updateBody.shape,
  new Map([
    ...infoFields.map((field) => [field, 'cannot be changed by a request; leave it out'] as const),
    ...Object.keys(createBody.shape).map(
      (field) => [field, 'is fixed at the creation; leave it out, or create a new sandbox'] as const,
    ),
    ...unsupported,
    network,
    [
      'allow_unauthenticated_proxy_access',
      'is an older name; send it as allow_unauthenticated_access',
    ] as const,
  ]),
);
