import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { type Status, statuses } from '../../machine/sandbox.ts';
import { parse, SchemaError } from '../../schema/parse.ts';
import { NotFoundError, RuleError } from '../errors.ts';
import type { Host, PlainCommand } from '../host.ts';
import { CursorError } from '../store/paging.ts';
import { type Entry, NameTakenError } from '../store/store.ts';
import { type AccessOptions, admit } from './access.ts';
import { createBody, snapshotBody, updateBody } from './bodies.ts';
import { createdInfo, sandboxInfo, snapshotInfo } from './info.ts';
import { toCreateRequest, toUpdateRequest } from './requests.ts';

/** What an API may be told besides its host. */
export interface ApiOptions extends AccessOptions {
  /** Told of errors that are nobody's request's fault. They are answered with 500 and no detail. */
  readonly onProblem?: (error: unknown, request: Request) => void;
}

type Env = { Variables: { namespace: string } };
type Call = Context<Env>;

/** The largest body that is read, in bytes. */
const largestBody = 1024 * 1024;

/**
 * The HTTP API of the source documents as a `fetch` handler, to be served by itself or mounted anywhere. Takes both
 * path styles: `/v1/namespaces/{namespace}/sandboxes` and the flat `/sandboxes` of the token's own namespace.
 *
 * @example
 * serve({ fetch: createApi(host), port: 8080, hostname: '127.0.0.1' });
 */
export function createApi(host: Host, options: ApiOptions = {}): (request: Request) => Promise<Response> {
  const app = new Hono<Env>({ getPath: (request) => new URL(request.url).pathname.replace(/\/{2,}/g, '/') });
  const routes = routesOf(host);

  const admitted = async (context: Call, next: () => Promise<void>) => {
    const admission = admit(context.req.raw, context.req.param('namespace'), options);
    if ('problem' in admission) return context.text(admission.problem, admission.status);
    context.set('namespace', admission.namespace);
    return next();
  };
  app.use(
    bodyLimit({
      maxSize: largestBody,
      onError: (context) => context.text('The body is larger than 1 MiB.', 413),
    }),
  );
  app.use('/v1/namespaces/:namespace/*', admitted).route('/v1/namespaces/:namespace', routes);
  app.use('/sandboxes/*', admitted).use('/snapshots/*', admitted).route('/', routes);
  app.notFound((context) => context.text(`There is nothing at ${context.req.path}.`, 404));
  app.onError((error, context) => {
    const status = statusOf(error);
    if (status !== 500) return context.text(error.message, status);
    options.onProblem?.(error, context.req.raw);
    return context.text('Something went wrong in the server; try again.', 500);
  });
  return async (request) => app.fetch(request);
}

function routesOf(host: Host): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post('/sandboxes', async (context) => {
    const request = toCreateRequest(context.var.namespace, await body(context, createBody));
    const entry = await host.create(request);
    return context.json(createdInfo(entry, urlOf(context, entry)));
  });
  routes.get('/sandboxes', async (context) => {
    const page = await host.list({ namespace: context.var.namespace, ...listQuery(context) });
    return context.json({
      sandboxes: page.items.map((entry) => sandboxInfo(entry, urlOf(context, entry))),
      prev_cursor: page.previousCursor,
      next_cursor: page.nextCursor,
    });
  });
  routes.get('/sandboxes/:id', async (context) => info(context, await host.get(...address(context))));
  routes.patch('/sandboxes/:id', async (context) => {
    const request = toUpdateRequest(await body(context, updateBody));
    return info(context, await host.update(...address(context), request));
  });
  routes.delete('/sandboxes/:id', async (context) => {
    await host.send(...address(context), 'terminate');
    return context.body(null, 200);
  });
  for (const command of ['suspend', 'resume'] as const) {
    routes.post(`/sandboxes/:id/${command}`, (context) => sendPlain(context, command));
  }
  routes.post('/sandboxes/:id/snapshot', async (context) => {
    const { snapshot_type } = await body(context, snapshotBody, {});
    const { result, entry } = await host.snapshot(...address(context), snapshot_type);
    if (result.refusal) return context.text(result.refusal.message, 400);
    return context.json({ snapshot_id: entry.sandbox.snapshotId, status: 'in_progress' }, 202);
  });

  routes.get('/snapshots', async (context) => {
    const snapshots = await host.listSnapshots(context.var.namespace);
    return context.json({ snapshots: snapshots.map(snapshotInfo) });
  });
  routes.get('/snapshots/:id', async (context) =>
    context.json(snapshotInfo(await host.getSnapshot(...address(context)))),
  );
  routes.delete('/snapshots/:id', async (context) => {
    await host.deleteSnapshot(...address(context));
    return context.body(null, 200);
  });
  return routes;

  /** 202 when it was started or is under way, 200 when it holds already, 400 with the machine's own reason. */
  async function sendPlain(context: Call, command: PlainCommand): Promise<Response> {
    const { result } = await host.send(...address(context), command);
    if (result.refusal) return context.text(result.refusal.message, 400);
    return context.body(null, result.reason === 'satisfied' ? 200 : 202);
  }
}

function address(context: Call): [namespace: string, idOrName: string] {
  return [context.var.namespace, context.req.param('id') ?? ''];
}

function info(context: Call, entry: Entry): Response {
  return context.json(sandboxInfo(entry, urlOf(context, entry)));
}

function urlOf(context: Call, { sandbox, namespace }: Entry): string {
  const { origin } = new URL(context.req.url);
  return `${origin}/v1/namespaces/${encodeURIComponent(namespace)}/sandboxes/${sandbox.id}`;
}

/** Reads the body by its schema. Throws `RuleError` for what is not JSON, `SchemaError` for what does not fit. */
async function body<Output>(context: Call, schema: z.ZodType<Output>, fallback?: unknown): Promise<Output> {
  const text = await context.req.text();
  if (text === '' && fallback !== undefined) return parse(schema, 'body', fallback);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new RuleError('The body is not JSON.');
  }
  return parse(schema, 'body', input);
}

function listQuery(context: Call) {
  const { limit = '100', cursor, direction = 'forward', status } = context.req.query();
  const statusList = status?.split(',').filter(Boolean) ?? [];
  if (!/^[1-9]\d{0,2}$|^1000$/.test(limit))
    throw new RuleError(`limit is ${limit}; give a whole number from 1 to 1000.`);
  if (direction !== 'forward' && direction !== 'backward') {
    throw new RuleError(`direction is ${direction}; give forward or backward.`);
  }
  const unknown = statusList.find((word) => !(statuses as readonly string[]).includes(word));
  if (unknown !== undefined) throw new RuleError(`status is ${unknown}; give one of ${statuses.join(', ')}.`);
  return {
    limit: Number(limit),
    direction,
    ...(cursor && { cursor }),
    ...(statusList.length > 0 && { statuses: statusList as Status[] }),
  } as const;
}

function statusOf(error: unknown): 400 | 404 | 409 | 422 | 500 {
  if (error instanceof RuleError || error instanceof CursorError) return 400;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof NameTakenError) return 409;
  if (error instanceof SchemaError) return 422;
  return 500;
}
