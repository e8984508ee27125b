import { vi } from 'vitest';

/** A browser whose windows share locks. */
export function fakeBrowser() {
  const held = new Set<string>();
  const locks = {
    async request(
      name: string,
      _options: object,
      callback: (lock: object | null) => Promise<void> | undefined,
    ): Promise<void> {
      if (held.has(name)) return callback(null);
      held.add(name);
      try {
        await callback({ name });
      } finally {
        held.delete(name);
      }
    },
  };
  return {
    held,
    /** Creates a page of this browser, and makes it the page that runs the code. */
    openPage({ hasLocks = true }: { readonly hasLocks?: boolean } = {}) {
      const target = new EventTarget();
      const document = Object.assign(new EventTarget(), { hidden: false, baseURI: 'http://here.test/app/' });
      const navigator = { onLine: true, ...(hasLocks && { locks }) };
      const page = {
        hide(hidden: boolean) {
          document.hidden = hidden;
          document.dispatchEvent(new Event('visibilitychange'));
        },
        setOnline(isOnline: boolean) {
          navigator.onLine = isOnline;
          target.dispatchEvent(new Event(isOnline ? 'online' : 'offline'));
        },
        /** Fires `pageshow` or `pagehide`. */
        fire(type: 'pageshow' | 'pagehide', persisted: boolean) {
          target.dispatchEvent(Object.assign(new Event(type), { persisted }));
        },
        activate() {
          vi.stubGlobal('document', document);
          vi.stubGlobal('navigator', navigator);
          vi.stubGlobal('addEventListener', target.addEventListener.bind(target));
        },
      };
      page.activate();
      return page;
    },
  };
}

/** A `fetch` whose bodies stay open until the test ends them or the request is aborted. */
export function openFetch() {
  const requests: { url: string; isAborted: boolean; end(): void; fail(): void }[] = [];
  const fetch = (async (url: string | URL | Request, { signal }: RequestInit = {}) => {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given;
      },
    });
    const request = {
      url: String(url),
      isAborted: false,
      end: () => controller.close(),
      fail: () => controller.error(new Error('The connection broke.')),
    };
    requests.push(request);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => {
      request.isAborted = true;
      controller.error(signal.reason);
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }) as typeof globalThis.fetch;
  return { fetch, requests };
}
