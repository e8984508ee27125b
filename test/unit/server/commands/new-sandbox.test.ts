import { afterEach, describe, expect, test, vi } from 'vitest';
import { newId } from '../../../../src/server/commands/new-sandbox.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes random bytes repeat this sequence. */
function stubRandomBytes(sequence: readonly number[]): void {
  let next = 0;
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    const bytes = array as unknown as Uint8Array;
    for (let index = 0; index < bytes.length; index++) bytes[index] = sequence[next++ % sequence.length] ?? 0;
    return array;
  });
}

describe('newId', () => {
  test('creates 21 characters of [0-9a-z], without repetitions', () => {
    const ids = Array.from({ length: 1_000 }, newId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{21}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('uses every character, each for seven of the bytes below 252', () => {
    stubRandomBytes(Array.from({ length: 252 }, (_, byte) => byte));
    const text = Array.from({ length: 12 }, newId).join('');
    const counts = new Map<string, number>();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect([...counts.keys()].join('')).toBe('0123456789abcdefghijklmnopqrstuvwxyz');
    expect(new Set(counts.values())).toEqual(new Set([7]));
  });

  test('draws again for bytes from 252 on', () => {
    stubRandomBytes([252, 253, 254, 255, 35]);
    expect(newId()).toBe('z'.repeat(21));
  });
});
