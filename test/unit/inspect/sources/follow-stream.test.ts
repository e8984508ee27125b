import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followStream } from '../../../../src/inspect/sources/follow-stream.ts';

let stop = () => {};
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A response with a stream that ends. */
const stream = (events: string) =>
  new Response(events, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });

/** Follows a server that sends these responses, one per request, and collects the events and states. */
function follow(...responses: readonly (Response | Error)[]) {
  const rest = [...responses];
  const requests: { headers: unknown; signal: AbortSignal }[] = [];
  const events: string[] = [];
  const states: unknown[] = [];
  vi.stubGlobal('fetch', async (_: string, { headers, signal }: RequestInit) => {
    requests.push({ headers, signal: signal as AbortSignal });
    const response = rest.shift();
    if (response instanceof Response) return response;
    throw response ?? new Error('No response is left.');
  });
  stop = followStream('http://127.0.0.1/stream', {
    headers: { authorization: 'Bearer sesame' },
    onEvent: (type, data) => events.push(`${type} ${data}`),
    onState: (state) => states.push(state),
  });
  return { requests, events, states };
}

test('resumes after the last event when the stream ends', async () => {
  const { requests, events, states } = follow(
    stream('event: change\nid: 7\ndata: a\n\ndata: b\n\n'),
    stream('event: change\nid: 8\ndata: c\n\n'),
  );
  await vi.advanceTimersByTimeAsync(2_000);
  expect(states.slice(0, 4)).toEqual(['open', 'lost', 'open', 'lost']);
  expect(events).toEqual(['change a', 'message b', 'change c']);
  expect(requests.slice(0, 2).map(({ headers }) => headers)).toEqual([
    { authorization: 'Bearer sesame' },
    { authorization: 'Bearer sesame', 'last-event-id': '7' },
  ]);
});

test('reports a reset, which has no data', async () => {
  const { events } = follow(stream('retry: 1000\n\nevent: reset\ndata:\n\ndata: a\n\n'));
  await vi.advanceTimersByTimeAsync(100);
  expect(events).toEqual(['reset ', 'message a']);
});

test.each([204, 400, 401, 403, 404])('stops when the server responds with %i', async (status) => {
  const { requests, states } = follow(new Response(null, { status }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([states, requests.length]).toEqual([[status], 1]);
});

test.each([429, 500, 503])('retries when the server responds with %i', async (status) => {
  const { states } = follow(new Response(null, { status }), stream('data: a\n\n'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states.slice(0, 2)).toEqual([status, 'open']);
});

test('does not take another page for a stream', async () => {
  const { requests, events, states } = follow(
    new Response('data: a\n\n', { headers: { 'content-type': 'text/html' } }),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect([states, events, requests.length]).toEqual([[200], [], 1]);
});

test('waits longer after each failure, at most 10 s', async () => {
  const { requests } = follow();
  await vi.advanceTimersByTimeAsync(0);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(requests).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(16_000);
  const before = requests.length;
  expect(before).toBeGreaterThanOrEqual(6);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(requests.length - before).toBeGreaterThanOrEqual(9);
  expect(requests.length - before).toBeLessThanOrEqual(21);
});

test('stops on request', async () => {
  const { requests, states } = follow();
  await vi.advanceTimersByTimeAsync(0);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states).toEqual(['lost']);
  expect(requests.at(-1)?.signal.aborted).toBe(true);
});
