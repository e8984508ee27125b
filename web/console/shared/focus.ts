import { useLayoutEffect } from 'react';

/** Moves the focus to the content of the page, for example when the focused element is removed. Does not scroll. */
export function focusContent(): void {
  document.getElementById('content')?.focus({ preventScroll: true });
}

/**
 * Keeps the focus in the page when the calling component is removed together with the focused element, wherever that is: in the
 * component, in its dialog, or nowhere because its dialog has just closed and the button that opened it goes as well. Then the
 * content of the page has the focus.
 */
export function useFocusKept(): void {
  useLayoutEffect(
    () => () => {
      // The elements are removed after this cleanup, in the same task.
      queueMicrotask(() => {
        if (document.activeElement === null || document.activeElement === document.body) focusContent();
      });
    },
    [],
  );
}
