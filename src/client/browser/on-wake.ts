import { currentPage } from './page.ts';

/**
 * Calls `listener` when this page is visible or online again, and when it comes back from the browser's history. Never calls it
 * outside of a browser. Returns a function that ends the calls.
 */
export function onWake(listener: () => void): () => void {
  const page = currentPage();
  const over = new AbortController();
  const { signal } = over;
  const wake = () => {
    if (!page?.document.hidden) listener();
  };
  page?.document.addEventListener('visibilitychange', wake, { signal });
  page?.addEventListener('online', wake, { signal });
  page?.addEventListener('pageshow', ({ persisted }) => persisted && wake(), { signal });
  return () => over.abort();
}
