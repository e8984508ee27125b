import type { Route } from '../route.ts';
import type { OpenApiParameter } from './types.ts';

const idempotencyKey: OpenApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'The server runs a request once per key within a day, unless its settings say another time, and returns the stored response to repetitions.',
  schema: { type: 'string', pattern: '^[ -~]{1,255}$' },
};
const ifMatch: OpenApiParameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'Requires this sandbox at this version: an `ETag`; several separated by commas, or `*` for any.',
  schema: { type: 'string' },
};
const lastEventId: readonly OpenApiParameter[] = [
  {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The `id` of the last received event.',
    schema: { type: 'string' },
  },
  {
    name: 'last_event_id',
    in: 'query',
    required: false,
    description: 'The same, for clients that cannot set the header.',
    schema: { type: 'string' },
  },
];
const requestId: OpenApiParameter = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description: 'An id for the request: 1 to 128 letters, digits, dots, hyphens and underscores.',
  schema: { type: 'string' },
};

const pathParameters: Readonly<Record<string, Pick<OpenApiParameter, 'description' | 'schema'>>> = {
  id: { description: 'An id, or for a sandbox its name.', schema: { type: 'string' } },
  namespace: {
    description: 'The namespace.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$' },
  },
  path: { description: 'The path within the sandbox; may contain slashes.', schema: { type: 'string' } },
};

/** All parameters of a route at one of its paths. */
export function parametersOf(route: Route, path: string): OpenApiParameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(
    ([, name = '']): OpenApiParameter => ({
      name,
      in: 'path',
      required: true,
      description: pathParameters[name]?.description ?? '',
      schema: pathParameters[name]?.schema ?? {},
    }),
  );
  const inQuery = Object.entries(route.query ?? {}).map(
    ([name, { required, description, schema }]): OpenApiParameter => ({
      name,
      in: 'query',
      required,
      description,
      schema,
    }),
  );
  return [
    ...inPath,
    ...inQuery,
    ...(route.isVersioned ? [ifMatch] : []),
    ...(route.isWrite ? [idempotencyKey] : []),
    ...(route.isStream ? lastEventId : []),
    requestId,
  ];
}
