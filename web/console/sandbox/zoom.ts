/** The limits of the zoom of a picture that fits the width of its frame at 1. */
export const largestZoom = 4;

/** The zoom at which all of a picture fits its frame. `ratio` is the picture's height per width. */
export const wholeZoom = (
  frame: { readonly width: number; readonly height: number },
  ratio: number,
): number => Math.min(1, frame.height / (frame.width * ratio));

/** One direction of a frame that scrolls a picture, in px. */
export interface Axis {
  /** The size of the frame. */
  readonly frame: number;
  /** The size of the picture at the zoom 1. */
  readonly picture: number;
  /** How far it is scrolled. */
  readonly scroll: number;
  /** The place in the frame that keeps its part of the picture. */
  readonly at: number;
}

/** Returns how far to scroll after a change of the zoom, so that the part of the picture at one place stays there. */
export function scrollAfterZoom({ frame, picture, scroll, at }: Axis, from: number, to: number): number {
  // A picture that is smaller than its frame is in the middle.
  const margin = (zoom: number) => Math.max(0, (frame - picture * zoom) / 2);
  const part = (scroll + at - margin(from)) / from;
  return Math.max(0, part * to + margin(to) - at);
}
