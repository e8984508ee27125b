import { sentence } from '../response/reply.ts';
import { route } from '../route.ts';

/** Forwards requests to the processes in a sandbox. */
export const proxyRoutes = [
  route({
    operationId: 'forward_to_sandbox',
    method: 'ALL',
    path: '/sandboxes/{id}/proxy/*',
    group: 'Sandboxes',
    access: 'namespace',
    summary: 'Send a request to a process in a sandbox',
    description:
      'Forwards the request to the sandbox, by the means that the server is configured with, and counts as activity. The response is that of the sandbox.',
    responses: {
      404: { description: 'The sandbox does not exist, or the server does not forward requests.' },
      409: { description: 'The sandbox is not running.' },
    },
    async handle({ host, namespace, id, forward, request, url }) {
      if (forward === undefined) return sentence(404, `No route matches ${url.pathname}.`);
      const entry = await host.get(namespace, id);
      const { status } = entry.sandbox;
      if (status !== 'running') {
        return sentence(409, `The sandbox is ${status}; it accepts requests only while it is running.`);
      }
      host.touch(entry.sandbox);
      const forwarded = await forward(withoutToken(request), entry);
      // The headers of a `fetch` response are immutable. A copy can get the id of the request.
      return new Response(forwarded.body, forwarded);
    },
  }),
];

/** The request without the token. A process that reads the token would have all rights of its owner. */
function withoutToken(request: Request): Request {
  if (!request.headers.has('authorization')) return request;
  const headers = new Headers(request.headers);
  headers.delete('authorization');
  return new Request(request, { headers });
}
