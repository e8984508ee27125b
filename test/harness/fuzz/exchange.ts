import { bytesOf, sendable, textOf } from './bodies.ts';
import type { Known, Resolve, Text } from './json-tree.ts';
import { targetOf } from './operations.ts';
import type { Part } from './parts.ts';
import type { RequestPlan } from './requests.ts';
import { bearer, type World } from './world.ts';

/** A request as the client sends it. */
export interface Sent {
  readonly request: Request;
  /** Disconnects the client. */
  readonly disconnect: AbortController;
  readonly url: URL;
  /** The text of its body; undefined without a body, or when the bytes differ from the text. */
  readonly text: string | undefined;
}

const origin = 'http://127.0.0.1:8080';

/** Creates the request of a plan. The current state of the world replaces the placeholders. */
export function toRequest(plan: RequestPlan, world: World): Sent {
  const part = (name: string) => plan.path.find((one) => one.name === name)?.text;
  const drawn = part('namespace') ?? 'default';
  const namespace = typeof drawn === 'string' ? drawn : 'default';
  const resolve = resolver(world, namespace, resolver(world, namespace)(part('id') ?? ''));
  const url = new URL(origin + addressOf(plan, resolve));
  const headers = headersOf(plan, resolve);
  if (world.options.hasTokens && !headers.has('authorization'))
    headers.set('authorization', `Bearer ${bearer}`);
  const disconnect = new AbortController();
  const init = { method: plan.method, headers, signal: disconnect.signal };
  // `fetch` does not allow a body with GET or HEAD.
  if (plan.body === null || plan.method === 'GET' || plan.method === 'HEAD')
    return { request: new Request(url, init), disconnect, url, text: undefined };
  const text = textOf(plan.body, resolve);
  const bytes = bytesOf(plan.body, text);
  const { contentType } = plan.body;
  if (contentType !== null) headers.set('content-type', contentType);
  const body = sendable(plan.body, bytes);
  const isPlain =
    plan.body.bytes === 'unchanged' && plan.body.sent !== 'aborted' && !headers.has('content-length');
  // A client sends the length of a body that it has whole.
  if (body instanceof Buffer && !headers.has('content-length'))
    headers.set('content-length', String(body.length));
  return {
    request: new Request(url, { ...init, body, duplex: 'half' }),
    disconnect,
    url,
    text: isPlain ? text : undefined,
  };
}

function addressOf({ target, path, query }: RequestPlan, resolve: (text: Text) => string): string {
  const filled = targetOf(target).path.replace(/\{(\w+)\}/g, (_, name) => {
    const part = path.find((one) => one.name === name);
    return part ? written(part, resolve) : '';
  });
  if (query.length === 0) return filled;
  const pairs = query.map((part) => `${encode(part.name)}=${written(part, resolve)}`);
  return `${filled}?${pairs.join('&')}`;
}

function written({ name, text, isRaw }: Part, resolve: (text: Text) => string): string {
  return isRaw || name === 'path' ? resolve(text) : encode(resolve(text));
}

function encode(text: string): string {
  // A lone surrogate has no UTF-8 encoding. As bytes it becomes the replacement character.
  return encodeURIComponent(Buffer.from(text).toString());
}

function headersOf({ headers }: RequestPlan, resolve: (text: Text) => string): Headers {
  const all = new Headers();
  // A client cannot send characters that a header does not allow.
  for (const { name, text } of headers)
    all.append(name, resolve(text).replace(/[^\t\x20-\x7e\x80-\xff]/g, '?'));
  return all;
}

/** Resolves placeholders from a namespace. A version placeholder is the version of the sandbox with this id or name. */
function resolver(world: World, namespace: string, id?: string): (text: Text) => string {
  const { ledger, cursors, foreign } = world;
  const newest = (all: readonly string[], index: number) => all.at(-1 - (index % Math.max(1, all.length)));
  const entries = [...ledger.entries.values()].filter((entry) => entry.namespace === namespace);
  const find: Resolve = ({ known, index }: Known) => {
    switch (known) {
      case 'sandbox':
        return (
          newest(
            entries.map(({ sandbox }) => sandbox.id),
            index,
          ) ?? 'none-yet'
        );
      case 'name':
        return (
          newest(
            entries.flatMap(({ sandbox }) => (sandbox.status === 'terminated' ? [] : (sandbox.name ?? []))),
            index,
          ) ?? 'none-yet'
        );
      case 'snapshot':
        return newest(snapshotsIn(world, namespace), index) ?? 'none-yet';
      case 'foreign':
        return newest(foreign, index) ?? '';
      case 'cursor':
        return newest(cursors, index) ?? '';
      case 'sequence':
        return String(Math.max(0, ledger.lastSequence - index));
      case 'version': {
        const entry = entries.find(({ sandbox }) => sandbox.id === id || sandbox.name === id);
        return `"${entry?.sandbox.id ?? 'none'}-${Math.max(1, (entry?.sandbox.version ?? 1) - (index > 12 ? 1 : 0))}"`;
      }
    }
  };
  return (text) => (typeof text === 'string' ? text : find(text));
}

function snapshotsIn({ ledger }: World, namespace: string): string[] {
  return [...ledger.snapshots].filter(([, of]) => of === namespace).map(([id]) => id);
}
