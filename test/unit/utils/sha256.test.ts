import { describe, expect, test } from 'vitest';
import { bytesOfHex, equalBytes, sha256Of, toBase64 } from '../../../src/utils/sha256.ts';

const bytes = (...values: number[]) => new Uint8Array(values);

test('hashes the UTF-8 of a text', async () => {
  expect(await sha256Of('foo')).toEqual(
    bytesOfHex('2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'),
  );
  expect(toBase64(await sha256Of('\u00fc'))).toBe('YHR0ykdalyTXNgq6caVtXfd+YTUOP3JM+h9G6Ffi2F8=');
});

describe('byte arrays', () => {
  test('are equal when every byte is', () => {
    expect(equalBytes(bytes(), bytes())).toBe(true);
    expect(equalBytes(bytes(0, 255), bytes(0, 255))).toBe(true);
  });

  test('differ by a bit at any place', () => {
    const hash = Array.from({ length: 32 }, (_, index) => index * 8);
    for (let place = 0; place < 32; place++) {
      for (let bit = 0; bit < 8; bit++) {
        const other = hash.map((byte, index) => (index === place ? byte ^ (1 << bit) : byte));
        expect(equalBytes(bytes(...hash), bytes(...other))).toBe(false);
      }
    }
  });

  test('of different lengths differ', () => {
    expect(equalBytes(bytes(1, 2), bytes(1))).toBe(false);
    expect(equalBytes(bytes(1), bytes(1, 0))).toBe(false);
    expect(equalBytes(bytes(), bytes(0))).toBe(false);
  });

  test('come from hex in both cases', () => {
    expect(bytesOfHex('00fF0a')).toEqual(bytes(0, 255, 10));
    expect(bytesOfHex('')).toEqual(bytes());
  });
});
