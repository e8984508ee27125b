import type { AnswerShape, Route } from '../route.ts';
import { referenceTo } from './components.ts';
import type { OpenApiAnswer, OpenApiHeader } from './types.ts';

/** The headers that answers name. */
export const answerHeaders: Readonly<Record<string, OpenApiHeader>> = {
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

/** All that a route may be answered with, by status. */
export function answersOf(route: Route): Record<string, OpenApiAnswer> {
  const shapes: Record<string, AnswerShape> = { ...commonAnswers(route), ...route.answers };
  const answers = Object.entries(shapes).map(([status, shape]) => [status, toAnswer(Number(status), shape)]);
  return {
    ...Object.fromEntries(answers),
    ...(route.method === 'ALL' && { default: { description: 'Whatever the sandbox answers.' } }),
  };
}

/** What follows from what a route takes. */
function commonAnswers({ access, body, query, isWrite, isVersioned }: Route): Record<number, AnswerShape> {
  const takesInput = body !== undefined || isWrite || Object.keys(query).length > 0;
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

function toAnswer(status: number, { description, json, text, headers = [] }: AnswerShape): OpenApiAnswer {
  const names = ['X-Request-Id', ...headers];
  const answer = {
    description,
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
  };
  if (json) return { ...answer, content: { 'application/json': { schema: referenceTo(json) } } };
  if (text === 'application/json') return { ...answer, content: { [text]: { schema: { type: 'object' } } } };
  // Whatever is not well is told in one sentence.
  const type = text ?? (status >= 400 ? 'text/plain' : undefined);
  if (type === undefined) return answer;
  return { ...answer, content: { [type]: { schema: { type: 'string', minLength: 1 } } } };
}
