import { expect, test } from 'vitest';
import { CursorError, fromCursor, toPage } from '../../../../src/server/store/paging.ts';

const cursorOf = (createdAt: number, id: string) =>
  toPage([id, id], { limit: 1, backward: false, fromStart: true }, () => [createdAt, id]).nextCursor ?? '';

test.each(['a', 'ä😀?>~', 'x'.repeat(5_000), '"\n'])('a cursor keeps its place for the id %j', (id) => {
  for (const createdAt of [0, -5, 1_790_000_000_000]) {
    const cursor = cursorOf(createdAt, id);
    expect(cursor).toBe(Buffer.from(JSON.stringify([createdAt, id])).toString('base64url'));
    expect(fromCursor(cursor)).toEqual([createdAt, id]);
  }
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');

test.each(['', '!', 'a', 'null', encoded('{}'), encoded('[1]'), encoded('["1","a"]'), encoded('[0.5,"a"]')])(
  'the text %j is rejected as a cursor',
  (cursor) => {
    expect(() => fromCursor(cursor)).toThrow(CursorError);
  },
);
