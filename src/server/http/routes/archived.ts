import { archivedInfoSchema, archivedPageSchema } from '../../../schema/http/responses.ts';
import type { ArchivedSandbox } from '../../store/retention.ts';
import { metadataFilter } from '../request/metadata-filter.ts';
import { pageParameters, pageQuery } from '../request/page-parameters.ts';
import { anyText } from '../request/query-parameters.ts';
import { type RequestContext, urlOf } from '../request-context.ts';
import { json } from '../response/reply.ts';
import { sandboxInfo } from '../response/serialize.ts';
import { route } from '../route.ts';

const common = { method: 'GET', group: 'Sandboxes', access: 'namespace' } as const;

/** Lists and shows the sandboxes that retention took out of the list. */
export const archivedRoutes = [
  route({
    ...common,
    operationId: 'list_archived_sandboxes',
    path: '/archived-sandboxes',
    summary: 'List archived sandboxes',
    description:
      'The ended sandboxes that retention took out of the list, newest first. `GET` and `DELETE /sandboxes/{id}` still find them by id, and so do their history and their events.',
    query: {
      ...pageParameters('sandboxes'),
      name: anyText({ description: 'Only sandboxes that had this name.' }),
      metadata: metadataFilter(),
    },
    responses: { 200: { description: 'A page.', json: archivedPageSchema } },
    async handle(context) {
      const { name, metadata } = context.query;
      const page = await context.host.listArchived({
        ...pageQuery(context.namespace, context.query),
        ...(name !== undefined && { name }),
        metadata,
      });
      return json({
        sandboxes: page.items.map((entry) => archivedInfo(context, entry)),
        prev_cursor: page.previousCursor,
        next_cursor: page.nextCursor,
      });
    },
  }),
  route({
    ...common,
    operationId: 'get_archived_sandbox',
    path: '/archived-sandboxes/{id}',
    summary: 'Show an archived sandbox',
    description: 'By its id.',
    responses: {
      200: { description: 'The sandbox.', json: archivedInfoSchema, headers: ['ETag'] },
      404: { description: 'The sandbox is not archived, or does not exist.' },
    },
    async handle(context) {
      const entry = await context.host.getArchived(context.namespace, context.id);
      return json(archivedInfo(context, entry), { sandbox: entry.sandbox });
    },
  }),
];

function archivedInfo(context: RequestContext, entry: ArchivedSandbox) {
  return { ...sandboxInfo(entry, urlOf(context, entry), context.host), archived_at: entry.archivedAt };
}
