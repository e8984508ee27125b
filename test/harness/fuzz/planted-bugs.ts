import { VersionError } from '../../../src/server/index.ts';
import type { Plant } from './world.ts';

/** Wrong servers, and what must give each of them away. */
export const plantedBugs: readonly {
  readonly name: string;
  readonly plant: Plant;
  readonly found: RegExp;
}[] = [
  {
    name: 'half a surrogate pair in an address is a fault of the server',
    plant: answering(({ url }) => url.includes('%EF%BF%BD') && new Response('It broke.', { status: 500 })),
    found: /500: It broke/,
  },
  {
    name: 'a status is not in the document',
    plant: answering(
      ({ headers }) =>
        headers.get('if-match') === '*' && new Response('No version was given.', { status: 428 }),
    ),
    found: /The document does not have this response.* 428/,
  },
  {
    name: 'a sandbox has one field more',
    plant: changing(
      ({ headers }, { method, url }) =>
        method === 'GET' && isOfOne(url) && headers.get('content-type') === 'application/json',
      (body) => body.replace('{', '{"secret":1,'),
    ),
    found: /200: \{"secret":1.*to deeply equal \[\]/,
  },
  {
    name: 'the version is not told',
    plant: {
      fetch: (fetch) => async (request) => {
        const response = await fetch(request);
        response.headers.delete('etag');
        return response;
      },
    },
    found: /ETag of/,
  },
  {
    name: 'a body that fits is refused for its content type',
    plant: answering(
      ({ method, url, headers }) =>
        method === 'POST' &&
        url.endsWith('/sandboxes') &&
        headers.get('content-type') !== 'application/json' &&
        new Response('body must be of type object.', { status: 422 }),
    ),
    found: /not to be 422/,
  },
  {
    name: 'a sentence has the stack in it',
    plant: changing(
      ({ status }) => status === 404,
      (body) => `${body}\n    at handle (/src/server/http.ts:3:1)`,
    ),
    found: /to match/,
  },
  {
    name: 'an event of a stream does not fit',
    plant: changing(
      ({ headers }) => headers.get('content-type') === 'text/event-stream',
      (body) => body.replace('"lifecycle":', '"life":'),
    ),
    found: /(stream of|at the end).*"life":/,
  },
  {
    name: 'a name is taken for that of a property that all objects have',
    plant: {
      fetch: (fetch) => async (request) => {
        if (request.url.includes('__proto__')) Reflect.set(Object.prototype, 'polluted', true);
        return fetch(request);
      },
    },
    found: /first property that is not as it was/,
  },
  {
    name: 'a request is never answered',
    plant: {
      fetch: (fetch) => (request) =>
        request.headers.has('content-encoding') ? new Promise(() => {}) : fetch(request),
    },
    found: /There is no answer after/,
  },
  {
    name: 'a command is carried out before its version is looked at',
    plant: {
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
    found: /changes by/,
  },
  {
    name: 'a rename leaves no history',
    plant: {
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
    found: /the history of/,
  },
];

/** A server that answers some requests by itself. */
function answering(answer: (request: Request) => Response | false): Plant {
  return {
    fetch: (fetch) => async (request) => {
      const own = answer(request);
      if (!own) return fetch(request);
      const id = request.headers.get('x-request-id') ?? '';
      own.headers.set('x-request-id', /^[\w.-]{1,128}$/.test(id) ? id : 'own');
      own.headers.set('content-type', 'text/plain; charset=utf-8');
      return own;
    },
  };
}

/** A server that changes what it has to say in some answers. */
function changing(
  isMeant: (response: Response, request: Request) => boolean,
  change: (body: string) => string,
): Plant {
  return {
    fetch: (fetch) => async (request) => {
      const response = await fetch(request);
      if (!isMeant(response, request) || response.body === null) return response;
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
