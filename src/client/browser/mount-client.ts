import type { SandboxClient } from '../replica/sandbox-client.ts';
import { currentPage } from './page.ts';

/**
 * Keeps a client connected while a component shows it. When the page closes, its pending commands go to the other tabs, or to
 * the next page with the same storage, at once. Returns a function that ends both: the connection is released
 * `times.releaseMs` after the last subscription. The React hooks call it; call it yourself in another framework.
 *
 * @example
 * onMounted(() => onUnmounted(mountClient(client))); // Vue
 */
export function mountClient(client: Pick<SandboxClient, 'subscribe' | 'dispose'>): () => void {
  const unsubscribe = client.subscribe(() => {});
  const over = new AbortController();
  // A page that the browser keeps may be shown again.
  currentPage()?.addEventListener('pagehide', ({ persisted }) => persisted || client.dispose(), over);
  return () => {
    over.abort();
    unsubscribe();
  };
}
