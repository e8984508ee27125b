import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { largestZoom, scrollAfterZoom, wholeZoom } from './zoom.ts';

/** The zoom of a picture, and the ways to change it. */
export interface ZoomControls {
  /** 1 fits the width of the frame. */
  readonly zoom: number;
  /** Multiplies the zoom. Keeps the part of the picture at this place, the middle of the frame by default. */
  readonly zoomBy: (factor: number, place?: { readonly clientX: number; readonly clientY: number }) => void;
  /** Shows all of the picture. */
  readonly fit: () => void;
}

/**
 * Zooms the picture in a frame that scrolls: with the wheel and Ctrl, by pinching, and with the keys +, - and 0. Dragging with
 * the mouse pans it; the wheel, the arrow keys and a finger scroll it. `ratio` is the picture's height per width.
 */
export function useZoom(frame: RefObject<HTMLElement | null>, ratio: number): ZoomControls {
  const [zoom, setZoom] = useState(1);
  const shown = useRef(zoom);
  /** Where to scroll to once the picture has its new size. */
  const target = useRef<{ left: number; top: number }>(undefined);

  const change = useCallback(
    (wanted: number, place?: { readonly clientX: number; readonly clientY: number }) => {
      const element = frame.current;
      if (element === null) return;
      const { clientWidth: width, clientHeight: height, scrollLeft, scrollTop } = element;
      const from = shown.current;
      const to = Math.min(largestZoom, Math.max(wholeZoom({ width, height }, ratio), wanted));
      const { left, top } = element.getBoundingClientRect();
      const x = place ? place.clientX - left : width / 2;
      const y = place ? place.clientY - top : height / 2;
      target.current = {
        left: scrollAfterZoom({ frame: width, picture: width, scroll: scrollLeft, at: x }, from, to),
        top: scrollAfterZoom({ frame: height, picture: width * ratio, scroll: scrollTop, at: y }, from, to),
      };
      shown.current = to;
      setZoom(to);
    },
    [frame, ratio],
  );
  const zoomBy = useCallback<ZoomControls['zoomBy']>(
    (factor, place) => change(shown.current * factor, place),
    [change],
  );
  const fit = useCallback(() => change(0), [change]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture has another size after each change of the zoom.
  useLayoutEffect(() => {
    if (target.current) frame.current?.scrollTo({ ...target.current, behavior: 'instant' });
    target.current = undefined;
  }, [zoom, frame]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const listening = new AbortController();
    const { signal } = listening;
    listenToWheel(element, zoomBy, signal);
    listenToPointers(element, zoomBy, signal);
    listenToKeys(element, zoomBy, fit, signal);
    return () => listening.abort();
  }, [frame, zoomBy, fit]);
  return { zoom, zoomBy, fit };
}

type ZoomBy = ZoomControls['zoomBy'];

/** A touchpad reports a pinch as the wheel with Ctrl. */
function listenToWheel(element: HTMLElement, zoomBy: ZoomBy, signal: AbortSignal): void {
  element.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      // A notch of a wheel is about 100 px; a touchpad reports small steps.
      zoomBy(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * 0.004), event);
    },
    { signal, passive: false },
  );
}

/** Pans with a pressed mouse button, and zooms with two fingers. */
function listenToPointers(element: HTMLElement, zoomBy: ZoomBy, signal: AbortSignal): void {
  const pointers = new Map<number, PointerEvent>();
  const spread = () => {
    const [one, other] = [...pointers.values()];
    if (!one || !other) return null;
    return {
      distance: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
      clientX: (one.clientX + other.clientX) / 2,
      clientY: (one.clientY + other.clientY) / 2,
    };
  };
  element.addEventListener(
    'pointerdown',
    (event) => {
      const { left, top } = element.getBoundingClientRect();
      const isOnScrollbar =
        event.clientX - left >= element.clientWidth || event.clientY - top >= element.clientHeight;
      if (event.button !== 0 || isOnScrollbar || pointers.size === 2) return;
      pointers.set(event.pointerId, event);
      element.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const last = pointers.get(event.pointerId);
      if (last === undefined) return;
      const before = spread();
      pointers.set(event.pointerId, event);
      const after = spread();
      if (before && after && before.distance > 0) zoomBy(after.distance / before.distance, after);
      // The browser itself scrolls with one finger.
      else if (event.pointerType === 'mouse')
        element.scrollBy({
          left: last.clientX - event.clientX,
          top: last.clientY - event.clientY,
          behavior: 'instant',
        });
    },
    { signal },
  );
  for (const end of ['pointerup', 'pointercancel'] as const)
    element.addEventListener(end, ({ pointerId }) => pointers.delete(pointerId), { signal });
}

function listenToKeys(element: HTMLElement, zoomBy: ZoomBy, fit: () => void, signal: AbortSignal): void {
  element.addEventListener(
    'keydown',
    ({ key, ctrlKey, metaKey, altKey }) => {
      if (ctrlKey || metaKey || altKey) return;
      if (key === '+' || key === '=') zoomBy(zoomStep);
      else if (key === '-') zoomBy(1 / zoomStep);
      else if (key === '0') fit();
    },
    { signal },
  );
}

/** The factor of one press of a key or a button. */
export const zoomStep = 1.4;
