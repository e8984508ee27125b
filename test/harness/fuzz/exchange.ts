import { bytesOf, sendable, textOf } from './bodies.ts';
import type { Known, Resolve, Text } from './json-tree.ts';
import { targetOf } from './operations.ts';
import type { Part } from './parts.ts';
import type { RequestPlan } from './requests.ts';
import { bearer, type World } from './world.ts';

/** A request as it went out. */
export interface Sent {
  readonly request: Request;
  /** What the client goes away with. */
  readonly gone: AbortController;
  readonly url: URL;
  /** The text of its body, when that went out as it is; undefined for none, or one that was tampered with. */
  readonly text: string | undefined;
}

const origin = 'http://127.0.0.1:8080';

/** Makes a request of a plan, for what there is now. */
export function toRequest(plan: RequestPlan, world: World): Sent {
  const part = (name: string) => plan.path.find((one) => one.name === name)?.text;
  const asked = part('namespace') ?? 'default';
  const namespace = typeof asked === 'string' ? asked : 'default';
  const resolve = resolver(world, namespace, resolver(world, namespace)(part('id') ?? ''));
  const url = new URL(origin + addressOf(plan, resolve));
  const headers = headersOf(plan, resolve);
  if (world.setting.hasTokens && !headers.has('authorization'))
    headers.set('authorization', `Bearer ${bearer}`);
  const gone = new AbortController();
  const init = { method: plan.method, headers, signal: gone.signal };
  // No client can send one with these.
  if (plan.body === null || plan.method === 'GET' || plan.method === 'HEAD')
    return { request: new Request(url, init), gone, url, text: undefined };
  const text = textOf(plan.body, resolve);
  const bytes = bytesOf(plan.body, text);
  const { contentType } = plan.body;
  if (contentType !== null) headers.set('content-type', contentType);
  const body = sendable(plan.body, bytes);
  const isPlain =
    plan.body.bytes === 'as they are' &&
    plan.body.sent !== 'and breaks off' &&
    !headers.has('content-length');
  // A server has the length of what comes in one.
  if (body instanceof Buffer && !headers.has('content-length'))
    headers.set('content-length', String(body.length));
  return {
    request: new Request(url, { ...init, body, duplex: 'half' }),
    gone,
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
  // Half a pair has no encoding: as bytes it becomes what stands for what is not known.
  return encodeURIComponent(Buffer.from(text).toString());
}

function headersOf({ headers }: RequestPlan, resolve: (text: Text) => string): Headers {
  const all = new Headers();
  // What no header can have, no client can send.
  for (const { name, text } of headers)
    all.append(name, resolve(text).replace(/[^\t\x20-\x7e\x80-\xff]/g, '?'));
  return all;
}

/** Reads texts by what there is in a namespace; a version is that of the sandbox with the id. */
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
          ) ?? 'nobody-yet'
        );
      case 'name':
        return (
          newest(
            entries.flatMap(({ sandbox }) => (sandbox.status === 'terminated' ? [] : (sandbox.name ?? []))),
            index,
          ) ?? 'nobody-yet'
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
        return `"${Math.max(1, (entry?.sandbox.version ?? 1) - (index > 12 ? 1 : 0))}"`;
      }
    }
  };
  return (text) => (typeof text === 'string' ? text : find(text));
}

function snapshotsIn({ ledger }: World, namespace: string): string[] {
  return [...ledger.snapshots].filter(([, of]) => of === namespace).map(([id]) => id);
}
