import { expect, test } from 'vitest';
import { readEvents, type StreamEvent } from '../../../src/utils/sse-reader.ts';

/** Reads a stream that arrives in these chunks. */
async function read(...chunks: string[]): Promise<{ events: StreamEvent[]; chunks: number }> {
  const events: StreamEvent[] = [];
  let alive = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of chunks) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  await readEvents(
    body,
    (event) => events.push(event),
    () => {
      alive += 1;
    },
  );
  return { events, chunks: alive };
}

test('reads the type, the id and the data of each event', async () => {
  const { events } = await read('event: change\nid: 7\ndata: {"a":1}\n\ndata: b\n\n');
  expect(events).toEqual([
    { type: 'change', id: '7', data: '{"a":1}' },
    { type: 'message', id: '', data: 'b' },
  ]);
});

test.each(['\u2028', '\u2029', '\u0085'])('keeps %j within the data', async (separator) => {
  const data = `a${separator}b`;
  expect((await read(`data: ${data}\n\n`)).events).toEqual([{ type: 'message', id: '', data }]);
});

test('accepts lines that end with CR and LF, and joins the lines of one event', async () => {
  const { events } = await read('data: a\r\ndata: b\r\n\r\n');
  expect(events).toEqual([{ type: 'message', id: '', data: 'a\nb' }]);
});

test('reports an event whose data is empty, and none without data', async () => {
  const { events } = await read('event: reset\ndata:\n\nretry: 1000\n\n: heartbeat\n\n');
  expect(events).toEqual([{ type: 'reset', id: '', data: '' }]);
});

test('joins chunks that end within a line, and calls onAlive for each', async () => {
  const { events, chunks } = await read('da', 'ta: a', '\n', '\n', ': heartbeat\n\n');
  expect(events).toEqual([{ type: 'message', id: '', data: 'a' }]);
  expect(chunks).toBe(5);
});
