import type { CreateBody } from '../../schema/http/requests.ts';
import type { CreatedInfo } from '../../schema/http/responses.ts';
import type { RepeatedRequest } from '../requests/repeat-request.ts';

/** The request of a creation. Its id is the idempotency key of every try, and the cause in the server's history. */
export function createRequest(
  id: string,
  body: CreateBody,
  deadline: number,
  isIdempotent: boolean,
): RepeatedRequest<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': id, 'x-request-id': id };
  return {
    path: '/sandboxes',
    init: { method: 'POST', headers, body: JSON.stringify(body) },
    isIdempotent,
    deadline,
    mayHaveHappened: 'The sandbox may have been created.',
    async read(response) {
      const created = (await response.json()) as CreatedInfo & { readonly id?: string };
      return created.sandbox_id ?? created.id;
    },
  };
}
