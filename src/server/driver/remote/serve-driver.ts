import { isFromPage } from '../../from-page.ts';
import { type BootJob, type Driver, DriverError, type Job, type SnapshotJob } from '../driver.ts';
import { createLineStream, type LineStream } from './line-stream.ts';
import { type Abilities, type Call, type CallLine, largestCall, type Method, methods } from './protocol.ts';

/** A driver behind HTTP. */
export interface DriverService {
  /** Answers a request of a remote driver. Never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends the reports. Calls in progress run to their end. Does not close the driver. */
  close(): void;
}

/** The most calls at a time. */
const mostCalls = 10_000;

/** The most aborts that are kept for a call that has not arrived yet. */
const mostEarlyAborts = 1_000;

/**
 * Serves a driver over HTTP, so that several servers share its platform; see `remoteDriver`. When a caller disconnects, the
 * call runs to its end: only an abort undoes it. Requests from web pages are refused, but it checks no tokens: serve it on
 * loopback, or behind a proxy that checks who calls.
 *
 * @example
 * import { serve } from '@hono/node-server';
 * const { fetch } = serveDriver(simulatedDriver());
 * serve({ fetch, hostname: '127.0.0.1', port: 9090 });
 */
export function serveDriver(driver: Driver): DriverService {
  const calls = new Map<string, AbortController>();
  const earlyAborts = new Set<string>();
  const readers = new Set<LineStream>();
  const stopWatching = driver.watch((end) => {
    for (const reader of readers) reader.send({ end });
  });

  async function startCall(id: string, request: Request): Promise<Response> {
    if (calls.size >= mostCalls)
      return reply(503, `There are ${mostCalls} calls in progress; try again later.`);
    const call = await readCall(request);
    if (typeof call === 'string') return reply(400, call);
    if (calls.has(id)) return reply(409, `The call ${id} is in progress.`);
    const controller = new AbortController();
    if (earlyAborts.delete(id)) controller.abort();
    calls.set(id, controller);
    const lines = createLineStream(() => {});
    const send = (line: CallLine) => lines.send(line);
    void runCall(driver, call, controller.signal, send)
      .then(
        (result) => send({ result: result ?? null }),
        (error: unknown) => send({ error: plainError(error) }),
      )
      .finally(() => {
        calls.delete(id);
        lines.end();
      });
    return responseOf(lines);
  }

  function abort(id: string): Response {
    const controller = calls.get(id);
    if (controller) controller.abort();
    else if (earlyAborts.size < mostEarlyAborts) earlyAborts.add(id);
    return new Response(null, { status: 204 });
  }

  function streamEnds(): Response {
    const lines = createLineStream(() => readers.delete(lines));
    readers.add(lines);
    return responseOf(lines);
  }

  return {
    async fetch(request) {
      if (isFromPage(request)) return reply(403, 'Web pages may not call a driver.');
      const { pathname } = new URL(request.url);
      const [, id] = /^\/calls\/([\w-]{1,64})$/.exec(pathname) ?? [];
      const route = `${request.method} ${id === undefined ? pathname : '/calls/{id}'}`;
      if (route === 'GET /driver') return Response.json(abilitiesOf(driver));
      if (route === 'GET /ends') return streamEnds();
      if (route === 'POST /calls/{id}') return startCall(id ?? '', request);
      if (route === 'DELETE /calls/{id}') return abort(id ?? '');
      return reply(404, 'The routes are GET /driver, GET /ends, POST /calls/{id} and DELETE /calls/{id}.');
    },
    close() {
      stopWatching();
      for (const reader of readers) reader.end();
      readers.clear();
    },
  };
}

/** A response that sends lines while it is open. */
const responseOf = ({ body }: LineStream) =>
  new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });

const reply = (status: number, text: string) => new Response(text, { status });

function abilitiesOf(driver: Driver): Abilities {
  const { kind, snapshotTypes, enforces } = driver;
  return {
    ...(kind !== undefined && { kind }),
    ...(snapshotTypes && { snapshotTypes }),
    ...(enforces && { enforces }),
    methods: methods.filter((method) => has(driver, method)),
  };
}

function has(driver: Driver, method: Method): boolean {
  if (method.startsWith('ownership.')) return driver.ownership !== undefined;
  return typeof driver[method as keyof Driver] === 'function';
}

/** Reads a call, or returns a sentence about what is wrong with it. */
async function readCall(request: Request): Promise<Call | string> {
  if (Number(request.headers.get('content-length') ?? Number.NaN) > largestCall)
    return `The call is longer than ${largestCall} bytes.`;
  const text = await request.text();
  if (text.length > largestCall) return `The call is longer than ${largestCall} bytes.`;
  try {
    const call = JSON.parse(text) as Partial<Call> | null;
    const method = methods.find((name) => name === call?.method);
    if (method === undefined) return `The method must be one of ${methods.join(', ')}.`;
    return { method, argument: call?.argument };
  } catch {
    return 'The call is not JSON.';
  }
}

/** Calls the driver, and sends what it reports meanwhile. */
async function runCall(
  driver: Driver,
  { method, argument }: Call,
  signal: AbortSignal,
  send: (line: CallLine) => void,
): Promise<unknown> {
  if (!has(driver, method)) throw new DriverError(`The driver has no ${method}.`, { retryable: false });
  const job = { ...(argument as Job), signal };
  switch (method) {
    case 'boot':
      return driver.boot({ ...(job as BootJob), progress: (progress) => send({ progress }) });
    case 'snapshot':
      return driver.snapshot({ ...(job as SnapshotJob), localReady: () => send({ localReady: true }) });
    case 'ownership.read':
      return driver.ownership?.read();
    case 'ownership.write':
      return driver.ownership?.write(argument as string);
    case 'inventory':
      return driver.inventory();
    case 'inspect':
    case 'deleteSnapshot':
    case 'adopt':
      return driver[method]?.(argument as never);
    default:
      return driver[method]?.(job as never);
  }
}

/** An error as JSON. One that is not a `DriverError` may be fixed by a retry. */
function plainError(error: unknown): NonNullable<CallLine['error']> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof DriverError)) return { message, retryable: true, isStale: false };
  return { message, retryable: error.retryable, isStale: error.isStale };
}
