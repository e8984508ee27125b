import { expect, test } from 'vitest';
import { CursorError, fromCursor, toPage } from '../../../../src/server/store/paging.ts';

const cursorOf = (createdAt: number, id: string) =>
  toPage({ found: [id, id], isCut: false }, { limit: 1, backward: false, fromStart: true }, () => [
    1,
    createdAt,
    id,
  ]).nextCursor ?? '';

test.each(['a', 'ä😀?>~', 'x'.repeat(5_000), '"\n'])('a cursor keeps its place for the id %j', (id) => {
  for (const createdAt of [0, -5, 1_790_000_000_000]) {
    const cursor = cursorOf(createdAt, id);
    expect(cursor).toBe(Buffer.from(JSON.stringify([1, createdAt, id])).toString('base64url'));
    expect(fromCursor(cursor)).toEqual([1, createdAt, id]);
  }
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');

const foreign = ['{}', '[1]', '[5,"a"]', '[1,"1","a"]', '[1,0.5,"a"]', '[2,1,"a"]', '[1,1,1]'].map(encoded);

test.each(['', '!', 'a', 'null', ...foreign])('the text %j is rejected as a cursor', (cursor) => {
  expect(() => fromCursor(cursor)).toThrow(CursorError);
});
