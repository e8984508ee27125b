import { sentence } from '../response/reply.ts';
import { route } from '../route.ts';

/** Requests to the processes in a sandbox. */
export const proxyRoutes = [
  route({
    operationId: 'forward_to_sandbox',
    method: 'ALL',
    path: '/sandboxes/{id}/proxy/*',
    group: 'Sandboxes',
    access: 'namespace',
    summary: 'Reach what runs in a sandbox',
    description:
      'Hands the request to what the server was given for it, and counts as activity. The answer is that of the sandbox.',
    responses: {
      404: { description: 'There is no such sandbox, or the server forwards nothing.' },
      409: { description: 'The sandbox does not run.' },
    },
    async handle({ host, namespace, id, forward, request, url }) {
      if (forward === undefined) return sentence(404, `There is nothing at ${url.pathname}.`);
      const entry = await host.get(namespace, id);
      const { status } = entry.sandbox;
      if (status !== 'running') {
        return sentence(409, `The sandbox is ${status}; it can be reached while it is running.`);
      }
      host.touch(entry.sandbox);
      const forwarded = await forward(withoutToken(request), entry);
      // The response of a `fetch` is immutable. A copy of it can get the id of the request.
      return new Response(forwarded.body, forwarded);
    },
  }),
];

/** The request without the token: a process that reads the token could do all that its owner can. */
function withoutToken(request: Request): Request {
  if (!request.headers.has('authorization')) return request;
  const headers = new Headers(request.headers);
  headers.delete('authorization');
  return new Request(request, { headers });
}
