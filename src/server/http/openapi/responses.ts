import { problemSchema } from '../../../schema/http/responses.ts';
import { errorCodes, problemType } from '../response/error-codes.ts';
import type { ResponseShape, Route } from '../route.ts';
import { referenceTo } from './components.ts';
import type { OpenApiHeader, OpenApiResponse } from './types.ts';

/** The headers of responses. */
export const responseHeaders: Readonly<Record<string, OpenApiHeader>> = {
  'X-Request-Id': {
    description: 'The id of the request, which the history has as the `cause` of its changes.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
  'X-Error-Code': {
    description: 'The code of the error, which keeps its meaning.',
    required: true,
    schema: { type: 'string', pattern: `^(${Object.keys(errorCodes).join('|')})$` },
  },
  ETag: {
    description: 'The id and the version of the sandbox, for `If-Match`.',
    required: true,
    schema: { type: 'string', pattern: '^"[^"]+-[1-9][0-9]*"$' },
  },
  'Retry-After': {
    description: 'The number of seconds to wait before a retry.',
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
    ...(route.method === 'ALL' && { default: { description: 'The response of the sandbox.' } }),
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
      400: { description: 'The request is invalid; the sentence names the problem.' },
    }),
    ...(access !== 'open' && {
      401: { description: 'The bearer token is missing or unknown, was revoked, or has expired.' },
    }),
    403: {
      description:
        'The server does not accept requests from this origin, or the token does not give access to the namespace, or lacks the scope; or the namespace has as many sandboxes or snapshots as its quota allows.',
    },
    ...(access === 'namespace' && { 404: { description: 'The id does not exist in this namespace.' } }),
    ...(isWrite && { 409: { description: 'The idempotency key was used for another request.' } }),
    ...(isVersioned && {
      412: {
        description:
          'The sandbox no longer has the version in `If-Match`, or its name belongs to another sandbox.',
      },
    }),
    ...(body && {
      413: { description: 'The body is larger than 1 MiB.' },
      422: { description: 'The body does not match its schema; the sentence has the path.' },
    }),
    ...(access !== 'open' && { 429: { description: 'Too many requests.', headers: ['Retry-After'] } }),
    500: { description: 'Internal server error.' },
  };
}

function toResponse(
  status: number,
  { description, json, text, headers = [] }: ResponseShape,
): OpenApiResponse {
  const isError = status >= 400;
  const names = ['X-Request-Id', ...(isError ? ['X-Error-Code'] : []), ...headers];
  const response = {
    description,
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
  };
  if (json) return { ...response, content: { 'application/json': { schema: referenceTo(json) } } };
  if (text === 'application/json')
    return { ...response, content: { [text]: { schema: { type: 'object' } } } };
  const sentence = { schema: { type: 'string', minLength: 1 } };
  if (isError)
    return {
      ...response,
      content: { 'text/plain': sentence, [problemType]: { schema: referenceTo(problemSchema) } },
    };
  return text === undefined ? response : { ...response, content: { [text]: sentence } };
}
