import type { RefusalCode } from '../../../guards/guard.ts';

/** A kind of refusal or error of the API. */
export interface ErrorKind {
  /** The status of its responses. */
  readonly status: number;
  /** The problem in a few words, the same for every response. */
  readonly title: string;
}

/** The refusals of the machine. */
const refusals: Readonly<Record<RefusalCode, ErrorKind>> = {
  terminal: { status: 400, title: 'The sandbox is terminated' },
  ephemeral: { status: 400, title: 'The sandbox has no name, and only a named one can be suspended' },
  busy: { status: 400, title: 'An operation of the sandbox is in progress' },
  not_running: { status: 400, title: 'The sandbox does not run' },
  invalid: { status: 400, title: 'An argument of the command is invalid' },
};

/**
 * Every refusal and error of the API by its code, in the order of the statuses. A code keeps its meaning and its status: clients
 * compare codes, and show the sentence of the response.
 */
export const errorCodes = {
  ...refusals,
  invalid_request: { status: 400, title: 'The request breaks a rule' },
  invalid_cursor: { status: 400, title: 'The cursor is not one of this list' },
  incomplete_body: { status: 400, title: 'The body ended before it was complete' },
  backup_failed: { status: 400, title: 'The backup cannot be written' },
  several_hosts: { status: 400, title: 'The request has several Host headers' },
  unknown_token: { status: 401, title: 'The bearer token is missing or unknown' },
  ended_token: { status: 401, title: 'The bearer token was revoked or has expired' },
  foreign_origin: { status: 403, title: 'The server accepts requests from its own machine only' },
  from_page: { status: 403, title: 'A web page cannot send the request' },
  operator_required: { status: 403, title: 'The request requires the token of an operator' },
  namespace_forbidden: { status: 403, title: 'The token does not give access to the namespace' },
  quota_reached: { status: 403, title: 'The namespace has as many as its quota allows' },
  missing_scope: { status: 403, title: 'The token does not have the scope' },
  sandbox_not_found: { status: 404, title: 'The sandbox does not exist in the namespace' },
  snapshot_not_found: { status: 404, title: 'The snapshot does not exist in the namespace' },
  host_not_found: { status: 404, title: 'The host is not one of the store' },
  invalid_namespace: { status: 404, title: 'The namespace is invalid' },
  no_deletion: { status: 404, title: 'The namespace is not being deleted' },
  unknown_route: { status: 404, title: 'No route matches the path' },
  no_metrics: { status: 404, title: 'The server does not collect metrics' },
  wrong_method: { status: 405, title: 'The route does not have the method' },
  orphan_not_found: { status: 404, title: 'The sandbox is not on the platform' },
  orphan_has_record: { status: 409, title: 'The sandbox has a record' },
  orphan_of_other: { status: 409, title: 'The sandbox belongs to another database' },
  orphan_busy: { status: 409, title: 'The sandbox is being released or decided about' },
  name_taken: { status: 409, title: 'Another living sandbox has the name' },
  other_database: { status: 409, title: 'The server uses another database' },
  namespace_deleting: { status: 409, title: 'The namespace is being deleted' },
  key_reused: { status: 409, title: 'The idempotency key was used for another request' },
  sandbox_not_running: { status: 409, title: 'The sandbox accepts requests only while it runs' },
  version_changed: { status: 412, title: 'The sandbox has another version' },
  name_moved: { status: 412, title: 'The name belongs to another sandbox' },
  no_matching_tag: { status: 412, title: 'No tag of If-Match can be a version of the sandbox' },
  body_too_large: { status: 413, title: 'The body is too large' },
  invalid_body: { status: 422, title: 'The body does not match its schema' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  too_many_streams: { status: 429, title: 'Too many open streams and waits' },
  internal: { status: 500, title: 'Internal server error' },
  broken_record: { status: 500, title: 'The record of the sandbox is broken' },
  consumed_body: { status: 500, title: 'Another part of the program has read the body' },
  not_served: { status: 501, title: 'The server does not have this part of the API' },
  stopping: { status: 503, title: 'The server is stopping' },
  platform_not_responding: { status: 503, title: 'The platform does not respond' },
  store_busy: { status: 503, title: 'The store is busy or cannot be reached' },
  contended: { status: 503, title: 'Other requests changed the same record at each attempt' },
  newer_record: { status: 503, title: 'A newer release of the server wrote the record' },
  store_unwritable: { status: 503, title: 'The store cannot be written' },
  store_not_responding: { status: 503, title: 'The store does not respond' },
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** The code of a refusal or an error of the API. */
export type ErrorCode = keyof typeof errorCodes;

/** The content type of an error as JSON (RFC 9457). */
export const problemType = 'application/problem+json';

/** An error as JSON. `type` is a name, not an address. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** The sentence that a response in plain text has. */
  readonly detail: string;
  readonly code: ErrorCode;
  /** The id of the request. */
  readonly instance: string;
}

/** The JSON of an error. */
export function problemOf(code: ErrorCode, detail: string, requestId: string): Problem {
  const { status, title } = errorCodes[code];
  return { type: `urn:sandbox-lifecycle:error:${code}`, title, status, detail, code, instance: requestId };
}

/** Whether a request names the type of errors as JSON in `Accept`. A wildcard alone does not: text is the default. */
export function acceptsProblem({ headers }: Pick<Request, 'headers'>): boolean {
  const accept = headers.get('accept');
  if (accept === null || !accept.includes(problemType)) return false;
  return accept.split(',').some((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    return type === problemType && !parameters.some((text) => /^q=0(\.0*)?$/.test(text));
  });
}
