import type { ResponseShape, Route } from '../route.ts';
import { referenceTo } from './components.ts';
import type { OpenApiHeader, OpenApiResponse } from './types.ts';

/** The headers of responses. */
export const responseHeaders: Readonly<Record<string, OpenApiHeader>> = {
  'X-Request-Id': {
    description: 'The id of the request, which is the `cause` of what it changed.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
  ETag: {
    description: 'The version of the sandbox, for `If-Match`.',
    required: true,
    schema: { type: 'string', pattern: '^"[1-9][0-9]*"$' },
  },
  'Retry-After': {
    description: 'In how many seconds to try again.',
    required: true,
    schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
  },
};

/** All responses of a route, by status. */
export function responsesOf(route: Route): Record<string, OpenApiResponse> {
  const shapes: Record<string, ResponseShape> = { ...commonResponses(route), ...route.responses };
  const responses = Object.entries(shapes).map(([status, shape]) => [
    status,
    toResponse(Number(status), shape),
  ]);
  return {
    ...Object.fromEntries(responses),
    ...(route.method === 'ALL' && { default: { description: 'Whatever the sandbox answers.' } }),
  };
}

/** The responses that follow from the input of a route. */
function commonResponses({
  access,
  body,
  query,
  isWrite,
  isVersioned,
}: Route): Record<number, ResponseShape> {
  const takesInput = body !== undefined || isWrite || Object.keys(query ?? {}).length > 0;
  return {
    ...(takesInput && {
      400: { description: 'Something in the request cannot be; the sentence says what.' },
    }),
    ...(access !== 'open' && { 401: { description: 'The bearer token is missing or not known.' } }),
    403: { description: 'The request may not come from there, or not go to this namespace.' },
    ...(access === 'namespace' && { 404: { description: 'There is nothing of this id in this namespace.' } }),
    ...(isWrite && { 409: { description: 'The idempotency key was used for another request.' } }),
    ...(isVersioned && { 412: { description: 'The sandbox is not of the version in `If-Match` any more.' } }),
    ...(body && {
      413: { description: 'The body is larger than 1 MiB.' },
      422: { description: 'The body does not fit its schema; the sentence has the path.' },
    }),
    ...(access !== 'open' && { 429: { description: 'Too many requests came.', headers: ['Retry-After'] } }),
    500: { description: 'Something went wrong in the server.' },
  };
}

function toResponse(
  status: number,
  { description, json, text, headers = [] }: ResponseShape,
): OpenApiResponse {
  const names = ['X-Request-Id', ...headers];
  const response = {
    description,
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
  };
  if (json) return { ...response, content: { 'application/json': { schema: referenceTo(json) } } };
  if (text === 'application/json')
    return { ...response, content: { [text]: { schema: { type: 'object' } } } };
  // An error is one sentence.
  const type = text ?? (status >= 400 ? 'text/plain' : undefined);
  if (type === undefined) return response;
  return { ...response, content: { [type]: { schema: { type: 'string', minLength: 1 } } } };
}
