import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalJson } from '../../../src/utils/equal-json.ts';

test.each([
  [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
  [[1, 2], [2, 1], false],
  [[1], { 0: 1 }, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: undefined }, { b: undefined }, false],
  [{ a: undefined }, {}, false],
  [JSON.parse('{"__proto__":1}'), {}, false],
  [{}, null, false],
  [0, '0', false],
])('%j and %j: %s', (one, other, expected) => {
  expect(equalJson(one, other)).toBe(expected);
  expect(equalJson(other, one)).toBe(expected);
});

test('agrees with the deep equality of Node on JSON values', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(equalJson(one, structuredClone(one))).toBe(true);
      expect(equalJson(one, other)).toBe(isDeepStrictEqual(one, other));
    }),
  );
});
