import { expect, it } from 'vitest';
import { scrollAfterZoom, wholeZoom } from '../../../../web/console/sandbox/zoom.ts';

it('shows all of a picture that is higher than its frame, and never more than its width', () => {
  expect(wholeZoom({ width: 600, height: 450 }, 1.5)).toBe(0.5);
  expect(wholeZoom({ width: 600, height: 2000 }, 1.5)).toBe(1);
});

it.each([
  // The left edge stays at the left edge, and the part in the middle in the middle.
  [{ frame: 600, picture: 600, scroll: 0, at: 0 }, 1, 2, 0],
  [{ frame: 600, picture: 600, scroll: 0, at: 300 }, 1, 2, 300],
  [{ frame: 600, picture: 900, scroll: 150, at: 100 }, 1, 2, 400],
  [{ frame: 600, picture: 900, scroll: 400, at: 100 }, 2, 1, 150],
  // A picture that is smaller than its frame has margins of 150 px, and does not scroll.
  [{ frame: 600, picture: 600, scroll: 300, at: 300 }, 2, 0.5, 0],
  [{ frame: 600, picture: 600, scroll: 0, at: 300 }, 0.5, 2, 300],
])('keeps one part of the picture in its place: %j from %d to %d', (axis, from, to, scroll) => {
  expect(scrollAfterZoom(axis, from, to)).toBe(scroll);
});
