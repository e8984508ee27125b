import { decidedOrphansSchema, orphanPageSchema } from '../../../schema/http/operation-responses.ts';
import { decideOrphansBody } from '../../../schema/http/requests.ts';
import { RuleError, StoppingError } from '../../errors.ts';
import type { OrphanRequest } from '../../host.ts';
import type { Orphan } from '../../reconciler/orphan-list.ts';
import { anyText, wholeNumber } from '../request/query-parameters.ts';
import { mustBeName } from '../request/to-host-request.ts';
import { json } from '../response/reply.ts';
import { type ResponseShape, route } from '../route.ts';

const common = { group: 'Operations', access: 'operator' } as const;
const unavailable: ResponseShape = {
  description: 'The platform does not return its sandboxes, or the server is stopping.',
  headers: ['Retry-After'],
};

/** Routes for the sandboxes on the platform that have no record. */
export const orphanRoutes = [
  route({
    ...common,
    operationId: 'list_orphans',
    method: 'GET',
    path: '/orphans',
    summary: 'List sandboxes without a record',
    description:
      'The sandboxes on the platform that have no record, such as after the restore of a backup, ordered by id, with the decisions about them. Reads the platform.',
    query: {
      limit: wholeNumber({
        minimum: 1,
        maximum: 1000,
        fallback: 100,
        description: 'The maximum number of sandboxes.',
      }),
      cursor: anyText({ description: 'The `next_cursor` of another page.' }),
    },
    responses: { 200: { description: 'A page of the list.', json: orphanPageSchema }, 503: unavailable },
    async handle({ host, closing, query }) {
      if (closing.aborted) throw new StoppingError();
      const { count, items, nextCursor } = await host.orphans(query);
      return json({ count, orphans: items.map(serialize), next_cursor: nextCursor });
    },
  }),
  route({
    ...common,
    operationId: 'decide_orphans',
    method: 'POST',
    path: '/orphans/decide',
    summary: 'Keep, release or adopt sandboxes without a record',
    description:
      'Decides about all of these sandboxes or, when one of them cannot be decided about, about none; only a quota, and a name that is taken meanwhile, can end an adoption after some of them. `keep` and `release` are durable. A release begins at once in the background, and is repeated until it succeeds. `adopt` creates a record whose history begins now, with the default configuration and limits; a sandbox that is paused needs a name.',
    body: { schema: decideOrphansBody },
    responses: {
      200: { description: 'The decision is taken.', json: decidedOrphansSchema },
      400: { description: 'The decision breaks a rule, such as a name that is not valid.' },
      404: { description: 'A sandbox is not on the platform.' },
      409: { description: 'A sandbox has a record or belongs to another database, or a name is taken.' },
      503: unavailable,
    },
    async handle({ host, closing, body, write: { actor, cause } }) {
      if (closing.aborted) throw new StoppingError();
      const request = toRequest(body);
      await host.decideOrphans(request, { actor, cause });
      return json({ decision: request.decision, sandbox_ids: [...request.sandboxIds] });
    },
  }),
];

/** Throws `RuleError` for a namespace or names without an adoption, an adoption without a namespace, and an invalid name. */
function toRequest({
  decision,
  sandbox_ids: sandboxIds,
  namespace,
  names,
}: (typeof decideOrphansBody)['_output']): OrphanRequest {
  if (decision !== 'adopt') {
    if (namespace === undefined && names === undefined) return { decision, sandboxIds };
    throw new RuleError('namespace and names are for the decision adopt only.');
  }
  if (namespace === undefined) throw new RuleError('The decision adopt requires a namespace.');
  for (const name of Object.values(names ?? {})) mustBeName(name);
  return { decision, sandboxIds, namespace, names };
}

function serialize({ sandboxId, state, decision }: Orphan) {
  return {
    sandbox_id: sandboxId,
    state,
    decision: decision?.decision ?? null,
    decided_at: decision?.at ?? null,
    decided_by: decision?.actor ?? null,
  };
}
