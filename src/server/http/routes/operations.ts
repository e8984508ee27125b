import { reply, sentence } from '../response/reply.ts';
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
    handle: () => sentence(200, 'ok'),
  }),
  route({
    ...common,
    operationId: 'check_readiness',
    path: '/readyz',
    summary: 'Check that the server is ready',
    description: 'Also checks the store.',
    responses: {
      200: { description: 'The server is ready.', text: 'text/plain' },
      503: { description: 'The store does not respond, or the server is stopping.' },
    },
    async handle({ host, closing }) {
      if (closing.aborted) return sentence(503, 'The server is stopping.');
      const isReady = await host.check().then(
        () => true,
        () => false,
      );
      return isReady ? sentence(200, 'ok') : sentence(503, 'The store does not respond.');
    },
  }),
  route({
    ...common,
    operationId: 'get_metrics',
    path: '/metrics',
    access: 'token',
    summary: 'Metrics',
    description: 'Counters and durations, in the text format of Prometheus.',
    responses: {
      200: { description: 'The metrics.', text: 'text/plain' },
      404: { description: 'The server does not collect metrics.' },
    },
    async handle({ metrics }) {
      if (metrics === undefined) return sentence(404, 'This server does not collect metrics.');
      return reply(200, await metrics.render(), { 'content-type': metrics.contentType });
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
