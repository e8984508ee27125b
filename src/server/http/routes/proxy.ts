import { problem } from '../response/reply.ts';
import { route } from '../route.ts';

/** Forwards requests to the processes in a sandbox. */
export const proxyRoutes = [
  route({
    operationId: 'forward_to_sandbox',
    method: 'ALL',
    path: '/sandboxes/{id}/proxy/*',
    group: 'Sandboxes',
    access: 'namespace',
    // Also a GET can run a program.
    scope: 'write',
    summary: 'Send a request to a process in a sandbox',
    description:
      'Forwards the request to the sandbox, by the means that the server is configured with. The request counts as activity, and so does every part of both bodies while bytes flow. The response is that of the sandbox, without `Set-Cookie`, and with a policy that gives its pages an origin of their own.',
    responses: {
      404: { description: 'The sandbox does not exist, or the server does not forward requests.' },
      409: { description: 'The sandbox is not running.' },
    },
    async handle({ host, namespace, id, forward, request, url, actor, accessEnded }) {
      if (forward === undefined) return problem('unknown_route', `No route matches ${url.pathname}.`);
      const entry = await host.get(namespace, id);
      const { status } = entry.sandbox;
      if (status !== 'running') {
        return problem(
          'sandbox_not_running',
          `The sandbox is ${status}; it accepts requests only while it is running.`,
        );
      }
      const touch = () => host.touch(entry.sandbox, { actor });
      touch();
      const forwarded = await forward(toForward(request, touch, accessEnded), entry);
      touch();
      return isolated(forwarded, forwarded.body && watched(forwarded.body, touch, accessEnded));
    },
  }),
];

/**
 * The request with a body that reports its parts, and without the token. A process that reads the token would have all rights of its
 * owner.
 */
function toForward(request: Request, onPart: () => void, accessEnded: AbortSignal | undefined): Request {
  const headers = new Headers(request.headers);
  headers.delete('authorization');
  if (request.body === null) return new Request(request, { headers });
  // `duplex` is required for a body that is a stream, and missing from the types of the DOM.
  return new Request(request, {
    headers,
    body: watched(request.body, onPart, accessEnded),
    duplex: 'half',
  } as RequestInit);
}

/** The rights of a page of a sandbox in a browser: all but the origin of the API. */
const sandboxed = 'sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts';

/**
 * A response of a sandbox with this body, which has no rights of the API's origin in a browser: a page has an origin of its own,
 * and sets neither cookies nor service workers for the API.
 */
function isolated(response: Response, body: ReadableStream<Uint8Array> | null): Response {
  const headers = new Headers(response.headers);
  headers.delete('set-cookie');
  headers.delete('service-worker-allowed');
  headers.append('content-security-policy', sandboxed);
  headers.set('cross-origin-resource-policy', 'same-origin');
  headers.set('x-content-type-options', 'nosniff');
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

/** The same stream. Calls back for each part that is read from it. Fails when the client loses access. */
function watched(
  body: ReadableStream<Uint8Array>,
  onPart: () => void,
  accessEnded: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const watch = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, controller) {
      onPart();
      controller.enqueue(part);
    },
  });
  // Each body has a signal of its own, because Node warns of a leak when a signal has more than ten listeners.
  return body.pipeThrough(watch, accessEnded && { signal: AbortSignal.any([accessEnded]) });
}
