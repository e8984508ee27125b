import type { CreateBody } from '../../schema/http/requests.ts';
import type { AnswerCases, AnswerQueue } from './answers.ts';
import type { FakeServer } from './fake-server.ts';

/** A request below the base URL. `keepsKeys`: the server knows idempotency keys. */
interface HttpRequest {
  readonly path: string;
  readonly init: RequestInit;
  readonly keepsKeys: boolean;
}

/** Handles the requests for creations and snapshots, as the HTTP API does. */
export async function handleHttp(
  server: FakeServer,
  answers: AnswerQueue,
  { path, init, keepsKeys }: HttpRequest,
): Promise<Response> {
  const { method = 'GET', headers, body } = init;
  const key = new Headers(headers).get('idempotency-key') ?? undefined;
  const common = { sandboxId: undefined, command: undefined, key };
  if (method === 'POST' && path === '/sandboxes') {
    const input = JSON.parse(`${body}`) as CreateBody;
    const ownKey = (keepsKeys && key) || null;
    const cases = casesOf(() => create(server, input, ownKey));
    // A repeated request has the reply of the first, whatever the script says.
    const refuse = createdWith(server, ownKey) ? cases.carryOut : cases.refuse;
    return answers.answer({ ...common, kind: 'create' }, { ...cases, refuse });
  }
  const [, id] = /^\/snapshots\/([^/?]+)$/.exec(path) ?? [];
  if (method === 'DELETE' && id !== undefined)
    return answers.answer(
      { ...common, kind: 'delete-snapshot' },
      casesOf(() => remove(server, decodeURIComponent(id))),
    );
  if (method === 'GET' && /^\/snapshots(\?|$)/.test(path))
    return answers.answer(
      { ...common, kind: 'read-snapshots' },
      casesOf(() => page(server)),
    );
  return new Response(`The fake server does not know ${method} ${path}.`, { status: 404 });
}

function casesOf(carryOut: () => Response): AnswerCases<Response> {
  return {
    carryOut,
    refuse: (message) => new Response(message, { status: 409 }),
    delay: (retryAfterMs) =>
      new Response('Too many requests.', {
        status: 429,
        headers: { 'retry-after': `${Math.ceil(retryAfterMs / 1000)}` },
      }),
  };
}

const json = (value: unknown) =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } });

/** The change that a creation with this key has caused. */
function createdWith(server: FakeServer, key: string | null) {
  const changes = key === null ? [] : server.changesAfter(0);
  return changes.find(({ cause, event }) => cause === key && event === 'created');
}

function create(server: FakeServer, input: CreateBody, key: string | null): Response {
  const known = createdWith(server, key);
  const name = input.name ?? null;
  const isTaken = server.records().some((one) => one.name === name && one.status !== 'terminated');
  if (!known && name !== null && isTaken)
    return new Response(`Another living sandbox has the name "${name}".`, { status: 409 });
  const inMs = (seconds: number | null | undefined) => (seconds ? seconds * 1000 : null);
  const limits = {
    timeoutMs: inMs(input.timeout_secs),
    idleTimeoutMs: inMs(input.idle_timeout_secs),
    suspendedTimeoutMs: inMs(input.suspended_timeout_secs),
  };
  const { id, status } = known?.sandbox ?? server.create({ name, ...limits }, key);
  return json({ sandbox_id: id, status });
}

function remove(server: FakeServer, id: string): Response {
  const index = server.snapshots.findIndex((one) => one.id === id);
  if (index < 0) return new Response(`Snapshot "${id}" does not exist.`, { status: 404 });
  server.snapshots.splice(index, 1);
  return new Response(null, { status: 204 });
}

const page = (server: FakeServer) =>
  json({ snapshots: server.snapshots, prev_cursor: null, next_cursor: null });
