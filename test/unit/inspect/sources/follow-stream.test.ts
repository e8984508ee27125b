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

/** Follows a server that gives these answers, one to each request, and collects what arrives. */
function follow(...answers: readonly (Response | Error)[]) {
  const rest = [...answers];
  const requests: { headers: unknown; signal: AbortSignal }[] = [];
  const events: string[] = [];
  const states: unknown[] = [];
  vi.stubGlobal('fetch', async (_: string, { headers, signal }: RequestInit) => {
    requests.push({ headers, signal: signal as AbortSignal });
    const answer = rest.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error('There are no more answers.');
  });
  stop = followStream('http://127.0.0.1/stream', {
    headers: { authorization: 'Bearer sesame' },
    onEvent: (type, data) => events.push(`${type} ${data}`),
    onState: (state) => states.push(state),
  });
  return { requests, events, states };
}

test('resumes behind the last event when the stream ends', async () => {
  const { requests, events, states } = follow(
    new Response('event: change\nid: 7\ndata: a\n\ndata: b\n\n'),
    new Response('event: change\nid: 8\ndata: c\n\n'),
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
  const { events } = follow(new Response('retry: 1000\n\nevent: reset\ndata:\n\ndata: a\n\n'));
  await vi.advanceTimersByTimeAsync(100);
  expect(events).toEqual(['reset ', 'message a']);
});

test.each([204, 400, 401, 403, 404])('ends when the server answers %i', async (status) => {
  const { requests, states } = follow(new Response(null, { status }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([states, requests.length]).toEqual([[status], 1]);
});

test.each([429, 500, 503])('tries again when the server answers %i', async (status) => {
  const { states } = follow(new Response(null, { status }), new Response('data: a\n\n'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states.slice(0, 2)).toEqual(['lost', 'open']);
});

test('waits longer after each failure, 10 s at the most', async () => {
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

test('ends when it is stopped', async () => {
  const { requests, states } = follow();
  await vi.advanceTimersByTimeAsync(0);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states).toEqual(['lost']);
  expect(requests.at(-1)?.signal.aborted).toBe(true);
});
