import { expect } from 'vitest';
import { unappliedInfoSchema } from '../../../src/schema/http/responses.ts';
import { readJson } from '../../../src/server/http/request/read-json.ts';
import type { Block } from '../server/event-stream.ts';
import { expectDocumented, fitsSchema } from '../server/openapi.ts';
import type { Sent } from './exchange.ts';
import { targetOf } from './operations.ts';
import type { RequestPlan } from './requests.ts';
import { forwardedHeader, type World } from './world.ts';

/** A request and its response. */
export interface Exchange {
  readonly plan: RequestPlan;
  readonly sent: Sent;
  readonly response: Response;
  /** The whole body; empty for a stream. */
  readonly body: string;
  /** Whether the clock moved during the exchange. */
  readonly hasMoved: boolean;
  /** The number of changes during the exchange. */
  readonly changes: number;
}

/** The most characters of an error sentence. */
const longestSentence = 1_000;

/** Text that reveals internals of the server. */
const internals = /\n\s+at |node_modules|file:\/\/|\/src\/|\.[cm]?[jt]s:\d|\[object |[A-Z]\w+Error\b|SQLITE/;

/** Fails when a response is not one that a client may get. */
export function checkResponse(exchange: Exchange, world: World): void {
  const { sent, response, body, plan } = exchange;
  const { status, headers } = response;
  const { method } = sent.request;
  const where = `${method} ${sent.url.pathname.slice(0, 200)} ${status}: ${body.slice(0, 200)}`;
  const isForwarded = headers.has(forwardedHeader);

  const isPlatformDown = headers.get('x-error-code') === 'platform_not_responding' && world.options.isFaulty;
  if (status >= 500 && !isPlatformDown) {
    expect([status, world.isStopping], where).toEqual([503, true]);
  }
  if (isStream(response)) {
    expect([status, method], where).toEqual([200, expect.toBeOneOf(['GET', 'HEAD'])]);
  } else if (method !== 'HEAD') {
    expectDocumented(method, sent.url.href, response, body);
  }
  if (status >= 400 && method !== 'HEAD' && !isForwarded) mustBeSentence(body, headers, where);
  const requestId = sent.request.headers.get('x-request-id');
  if (requestId !== null && /^[A-Za-z0-9._-]{1,128}$/.test(requestId))
    expect(headers.get('x-request-id'), where).toBe(requestId);
  mustBeHarmless(exchange, isForwarded, where);
  if (status < 500 && plan.method === targetOf(plan.target).method) mustAgreeWithSchema(exchange, where);
}

/** Whether a response is an event stream. */
export function isStream({ headers }: Response): boolean {
  return headers.get('content-type') === 'text/event-stream';
}

function mustBeSentence(body: string, headers: Headers, where: string): void {
  expect(headers.get('content-type'), where).toBe('text/plain; charset=utf-8');
  expect(body, where).toMatch(/^[^\p{Cc}\p{Cs}]+\.$/u);
  expect(body, where).not.toMatch(internals);
  expect(body.length, where).toBeLessThanOrEqual(longestSentence);
}

/** Checks that a rejected request or a read has changed nothing. */
function mustBeHarmless(
  { sent, response, hasMoved, changes }: Exchange,
  isForwarded: boolean,
  where: string,
): void {
  const isRead = sent.request.method === 'GET' || sent.request.method === 'HEAD';
  if (hasMoved || isForwarded || (response.status < 400 && !isRead)) return;
  expect(changes, `changes by ${where}`).toBe(0);
}

/** Checks that the server rejects every body that violates its schema in the document, and none with 422 that satisfies it. */
function mustAgreeWithSchema({ plan, sent, response }: Exchange, where: string): void {
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

/** Fails when a block of a stream is not valid for a client. */
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
