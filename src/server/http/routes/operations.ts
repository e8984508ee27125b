import { absenceListSchema, confirmedAbsencesSchema } from '../../../schema/http/operation-responses.ts';
import { confirmAbsencesBody } from '../../../schema/http/requests.ts';
import { UnwritableError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { json, plainText, problem, reply } from '../response/reply.ts';
import { route } from '../route.ts';

const common = { method: 'GET', group: 'Operations', access: 'open' } as const;

/** Routes for operators of the server. */
export const operationRoutes = [
  route({
    ...common,
    operationId: 'check_health',
    path: '/healthz',
    summary: 'Check that the server runs',
    description: 'Responds as long as the process responds.',
    responses: { 200: { description: 'The server runs.', text: 'text/plain' } },
    handle: () => plainText('ok'),
  }),
  route({
    ...common,
    operationId: 'check_readiness',
    path: '/readyz',
    summary: 'Check that the server is ready',
    description:
      'Also checks the store, and whether its last heartbeat, every 5 s, could be written. The text says when many sandboxes are absent from the platform and an operator must decide.',
    responses: {
      200: { description: 'The server is ready.', text: 'text/plain' },
      503: { description: 'The store does not respond or cannot be written, or the server is stopping.' },
    },
    async handle({ host, closing }) {
      if (closing.aborted) return problem('stopping', 'The server is stopping.');
      try {
        await host.check();
      } catch (error) {
        if (error instanceof UnwritableError) return problem('store_unwritable', error.message);
        return problem('store_not_responding', 'The store does not respond.');
      }
      return plainText(readyText(host));
    },
  }),
  route({
    ...common,
    operationId: 'list_absences',
    path: '/absences',
    access: 'operator',
    summary: 'List absent sandboxes',
    description:
      'The sandboxes that are absent from the platform, when they are too many for the server to end them by itself.',
    responses: { 200: { description: 'The absent sandboxes.', json: absenceListSchema } },
    handle({ host }) {
      const { count, living, sandboxIds } = host.absences() ?? { count: 0, living: 0, sandboxIds: [] };
      return json({ count, living, sandbox_ids: sandboxIds });
    },
  }),
  route({
    ...common,
    operationId: 'confirm_absences',
    method: 'POST',
    path: '/absences/confirm',
    access: 'operator',
    summary: 'End absent sandboxes',
    description:
      'Looks at the platform once more, and ends the sandboxes of that list that are still absent. They cannot be resumed.',
    body: { schema: confirmAbsencesBody },
    responses: {
      200: { description: 'The sandboxes have ended.', json: confirmedAbsencesSchema },
      400: { description: 'Another number of sandboxes waits.' },
    },
    async handle({ host, body: { count } }) {
      return json({ ended: (await host.confirmAbsences(count)).length });
    },
  }),
  route({
    ...common,
    operationId: 'get_metrics',
    path: '/metrics',
    access: 'token',
    scope: 'metrics',
    summary: 'Metrics',
    description:
      'Counters, durations and the present numbers of the server, in the text format of Prometheus.',
    responses: {
      200: { description: 'The metrics.', text: 'text/plain' },
      404: { description: 'The server does not collect metrics.' },
    },
    async handle({ metrics, host }) {
      if (metrics === undefined) return problem('no_metrics', 'This server does not collect metrics.');
      return reply(200, await metrics.render(host), { 'content-type': metrics.contentType });
    },
  }),
  route({
    ...common,
    operationId: 'get_openapi_document',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI document',
    description: 'OpenAPI 3.1, generated from the same table as the routes.',
    responses: { 200: { description: 'The document.', text: 'application/json' } },
    handle: ({ documents }) => reply(200, documents.openApi(), { 'content-type': 'application/json' }),
  }),
  route({
    ...common,
    operationId: 'get_docs',
    path: '/docs',
    summary: 'This API as a page',
    description: 'A self-contained page for reading.',
    responses: { 200: { description: 'The page.', text: 'text/html' } },
    async handle({ documents }) {
      const { html, contentSecurityPolicy } = await documents.page();
      return reply(200, html, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
      });
    },
  }),
];

/** The text of a server that is ready. It names no sandbox, because the route is open. */
function readyText({ absences, restored }: Pick<Host, 'absences' | 'restored'>): string {
  const mode = restored ? ', in the mode for a restored database, which destroys nothing by itself' : '';
  const absent = absences();
  if (absent === null) return `ok${mode}`;
  const { count, living } = absent;
  return `ok${mode}, but ${count} of ${living} sandboxes are absent from the platform, so the server ends none of them. Check the platform. If they do not exist, run: sandbox-lifecycle confirm-absences --count ${count}`;
}
