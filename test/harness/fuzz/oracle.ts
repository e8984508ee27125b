import { expect } from 'vitest';
import { unappliedInfoSchema } from '../../../src/schema/http/responses.ts';
import { readJson } from '../../../src/server/http/request/read-json.ts';
import type { Block } from '../server/event-stream.ts';
import { expectDocumented, fitsSchema } from '../server/openapi.ts';
import type { Sent } from './exchange.ts';
import { targetOf } from './operations.ts';
import type { RequestPlan } from './requests.ts';
import { forwardedHeader, type World } from './world.ts';

/** What came back. */
export interface Came {
  readonly plan: RequestPlan;
  readonly sent: Sent;
  readonly response: Response;
  /** All of it; for a stream nothing. */
  readonly body: string;
  /** Whether the clock moved on meanwhile. */
  readonly hasMoved: boolean;
  /** How many changes there were in between. */
  readonly changes: number;
}

/** The longest sentence, in characters. */
const longestSentence = 1_000;

/** What gives away how the server is made. */
const inside = /\n\s+at |node_modules|file:\/\/|\/src\/|\.[cm]?[jt]s:\d|\[object |[A-Z]\w+Error\b|SQLITE/;

/** Fails when an answer is not one that a client may get. */
export function checkResponse(came: Came, world: World): void {
  const { sent, response, body, plan } = came;
  const { status, headers } = response;
  const { method } = sent.request;
  const where = `${method} ${sent.url.pathname.slice(0, 200)} ${status}: ${body.slice(0, 200)}`;
  const isForwarded = headers.has(forwardedHeader);

  if (status >= 500) {
    expect([status, world.isStopping], where).toEqual([503, true]);
  }
  if (isStream(response)) {
    expect([status, method], where).toEqual([200, expect.toBeOneOf(['GET', 'HEAD'])]);
  } else if (method !== 'HEAD') {
    expectDocumented(method, sent.url.href, response, body);
  }
  if (status >= 400 && method !== 'HEAD' && !isForwarded) mustBeSentence(body, headers, where);
  const own = sent.request.headers.get('x-request-id');
  if (own !== null && /^[A-Za-z0-9._-]{1,128}$/.test(own))
    expect(headers.get('x-request-id'), where).toBe(own);
  mustBeHarmless(came, isForwarded, where);
  if (status < 500 && plan.method === targetOf(plan.target).method) mustAgreeWithSchema(came, where);
}

/** Whether an answer goes on and on. */
export function isStream({ headers }: Response): boolean {
  return headers.get('content-type') === 'text/event-stream';
}

function mustBeSentence(body: string, headers: Headers, where: string): void {
  expect(headers.get('content-type'), where).toBe('text/plain; charset=utf-8');
  expect(body, where).toMatch(/^[^\p{Cc}\p{Cs}]+\.$/u);
  expect(body, where).not.toMatch(inside);
  expect(body.length, where).toBeLessThanOrEqual(longestSentence);
}

/** What was refused, or only asked, has changed nothing. */
function mustBeHarmless(
  { sent, response, hasMoved, changes }: Came,
  isForwarded: boolean,
  where: string,
): void {
  const isAsking = sent.request.method === 'GET' || sent.request.method === 'HEAD';
  if (hasMoved || isForwarded || (response.status < 400 && !isAsking)) return;
  expect(changes, `changes by ${where}`).toBe(0);
}

/** A body that fits its schema in the document is not told that it does not, and one that does not is never taken. */
function mustAgreeWithSchema({ plan, sent, response }: Came, where: string): void {
  const schema = targetOf(plan.target).operation.requestBody?.content['application/json']?.schema;
  if (schema === undefined || sent.text === undefined || sent.text === '') return;
  let value: unknown;
  try {
    value = readJson(sent.text);
  } catch {
    expect(response.ok, where).toBe(false);
    return;
  }
  if (!fitsSchema(schema, value)) expect(response.ok, `${where} for ${sent.text.slice(0, 200)}`).toBe(false);
  else expect(response.status, `${where} for ${sent.text.slice(0, 200)}`).not.toBe(422);
}

/** Fails when a block of a stream is not one that a client can read. */
export function checkStreamBlock(block: Block | undefined, where: string): void {
  if (block === undefined) return;
  const { event, data } = block;
  const schema = { change: 'Change', state: 'Sandbox' }[event ?? ''];
  const kinds = [undefined, 'ready', 'state', 'change', 'refused', 'unchanged', 'closed'];
  expect(kinds, `${where}: ${JSON.stringify(block)}`).toContain(event);
  if (event === undefined || event === 'closed') {
    expect(event === undefined ? (block.comment ?? block.retry) : data?.reason, where).toBeDefined();
    return;
  }
  if (event === 'refused' || event === 'unchanged') {
    expect([block.id, unappliedInfoSchema.safeParse(data).error], where).toEqual([undefined, undefined]);
    return;
  }
  expect(Number.isSafeInteger(block.id), `${where}: ${JSON.stringify(block)}`).toBe(true);
  if (event === 'ready' || event === 'state') expect(data?.sequence, where).toBe(block.id);
  if (schema === undefined) return;
  const value = event === 'state' ? data?.sandbox : data;
  const fits = fitsSchema({ $ref: `#/components/schemas/${schema}` }, value);
  expect(fits, `${where}: ${JSON.stringify(value)}`).toBe(true);
}
