import { expect, test } from 'vitest';
import { onAbort } from '../../../src/utils/on-abort.ts';

test('calls every callback once, also when two are the same function', () => {
  const controller = new AbortController();
  const called: string[] = [];
  const same = () => void called.push('same');
  onAbort(controller.signal, same);
  onAbort(controller.signal, same);
  onAbort(controller.signal, () => void called.push('other'));
  controller.abort();
  expect(called).toEqual(['same', 'same', 'other']);
});

test('does not call a callback that was removed', () => {
  const controller = new AbortController();
  const called: string[] = [];
  const off = onAbort(controller.signal, () => void called.push('first'));
  onAbort(controller.signal, () => void called.push('second'));
  off();
  off();
  controller.abort();
  expect(called).toEqual(['second']);
});
