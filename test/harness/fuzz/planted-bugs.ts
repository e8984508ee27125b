import { VersionError } from '../../../src/server/index.ts';
import type { Overrides } from './world.ts';

/** Wrong servers, and the failure that must reveal each of them. */
export const plantedBugs: readonly {
  readonly name: string;
  readonly overrides: Overrides;
  readonly expected: RegExp;
}[] = [
  {
    name: 'a lone surrogate in a URL causes an internal error',
    overrides: answering(
      ({ url }) => url.includes('%EF%BF%BD') && new Response('It broke.', { status: 500 }),
    ),
    expected: /500: It broke/,
  },
  {
    name: 'the server responds with a status that is not in the document',
    overrides: answering(
      ({ headers }) =>
        headers.get('if-match') === '*' && new Response('No version was given.', { status: 428 }),
    ),
    expected: /The document does not have this response.* 428|428: No version was given/,
  },
  {
    name: 'a sandbox has an additional field',
    overrides: changing(
      ({ headers }, { method, url }) =>
        method === 'GET' && isOfOne(url) && headers.get('content-type') === 'application/json',
      (body) => body.replace('{', '{"secret":1,'),
    ),
    expected: /200: \{"secret":1.*to deeply equal \[\]/,
  },
  {
    name: 'the version is missing',
    overrides: {
      fetch: (fetch) => async (request) => {
        const response = await fetch(request);
        response.headers.delete('etag');
        return response;
      },
    },
    expected: /ETag of/,
  },
  {
    name: 'a valid body is rejected because of its content type',
    overrides: answering(
      ({ method, url, headers }) =>
        method === 'POST' &&
        /^(\/v1\/namespaces\/[^/]+)?\/sandboxes$/.test(new URL(url).pathname) &&
        headers.get('content-type') !== 'application/json' &&
        new Response('body must be of type object.', { status: 422 }),
    ),
    expected: /not to be 422/,
  },
  {
    name: 'an error sentence contains a stack trace',
    overrides: changing(
      ({ status }) => status === 404,
      (body) => `${body}\n    at handle (/src/server/http.ts:3:1)`,
    ),
    expected: /to match/,
  },
  {
    name: 'an event of a stream violates its schema',
    overrides: changing(
      ({ headers }) => headers.get('content-type') === 'text/event-stream',
      (body) => body.replace('"lifecycle":', '"life":'),
    ),
    expected: /(stream of|at the end).*"life":/,
  },
  {
    name: 'a name in a URL pollutes a prototype',
    overrides: {
      fetch: (fetch) => async (request) => {
        // Not enumerable: other code of this process, such as the metrics, lists the properties of its objects meanwhile.
        if (request.url.includes('__proto__'))
          Reflect.defineProperty(Object.prototype, 'polluted', { value: true, configurable: true });
        return fetch(request);
      },
    },
    expected: /first changed property of a shared object/,
  },
  {
    name: 'a request never gets a response',
    overrides: {
      fetch: (fetch) => (request) =>
        request.headers.has('content-encoding') ? new Promise(() => {}) : fetch(request),
    },
    expected: /No response after/,
  },
  {
    name: 'a command is applied before its version is checked',
    overrides: {
      host: (host) => ({
        ...host,
        async send(namespace, id, command, { ifVersion, ...write } = {}) {
          const { version } = (await host.get(namespace, id)).sandbox;
          const answer = await host.send(namespace, id, command, write);
          if (ifVersion !== undefined && ifVersion !== version) throw new VersionError(ifVersion, version);
          return answer;
        },
      }),
    },
    expected: /changes by/,
  },
  {
    name: 'a rename writes no history',
    overrides: {
      store: (store) => ({
        ...store,
        commit({ change, ...besides }) {
          if (change?.history?.event.type !== 'rename')
            return store.commit({ ...besides, ...(change && { change }) });
          const { history, ...bare } = change;
          return store.commit({ ...besides, change: bare });
        },
      }),
    },
    expected: /the history of/,
  },
];

/** A server that responds to some requests by itself. */
function answering(answer: (request: Request) => Response | false): Overrides {
  return {
    fetch: (fetch) => async (request) => {
      const own = answer(request);
      if (!own) return fetch(request);
      const id = request.headers.get('x-request-id') ?? '';
      own.headers.set('x-request-id', /^[\w.-]{1,128}$/.test(id) ? id : 'own');
      own.headers.set('content-type', 'text/plain; charset=utf-8');
      own.headers.set('x-error-code', own.status === 422 ? 'invalid_body' : 'internal');
      return own;
    },
  };
}

/** A server that changes the body of some responses. */
function changing(
  isAffected: (response: Response, request: Request) => boolean,
  change: (body: string) => string,
): Overrides {
  return {
    fetch: (fetch) => async (request) => {
      const response = await fetch(request);
      if (!isAffected(response, request) || response.body === null) return response;
      const decoder = new TextDecoder();
      const changed = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            controller.enqueue(new TextEncoder().encode(change(decoder.decode(chunk, { stream: true }))));
          },
        }),
      );
      return new Response(changed, response);
    },
  };
}

function isOfOne(url: string): boolean {
  return /\/sandboxes\/[^/]+$/.test(new URL(url).pathname);
}
