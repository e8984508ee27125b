/** How to read a stream of server-sent events. */
export interface StreamOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** An event came. */
  readonly told: (name: string, data: string) => void;
  /** The stream is open, or it is not and will be tried again, or it was refused with this HTTP status. */
  readonly state: (state: 'open' | 'lost' | number) => void;
}

/**
 * Follows a stream of server-sent events, and takes it up again where it was. Read with `fetch`, because an `EventSource` can
 * send no token. Answers a function that ends it.
 */
export function follow(url: string, { headers = {}, told, state }: StreamOptions): () => void {
  const controller = new AbortController();
  let last: string | undefined;
  let waitMs = 500;

  const read = async (): Promise<boolean> => {
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers, ...(last && { 'last-event-id': last }) },
      signal: controller.signal,
    });
    if (
      response.status === 204 ||
      (response.status >= 400 && response.status < 500 && response.status !== 429)
    ) {
      state(response.status);
      return false;
    }
    if (!response.ok || response.body === null) return true;
    state('open');
    waitMs = 500;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return true;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
  };

  const take = (block: string) => {
    let name = 'message';
    const data: string[] = [];
    for (const line of block.split(/\r?\n/)) {
      const [, field, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === 'event') name = value;
      if (field === 'data') data.push(value);
      if (field === 'id') last = value;
    }
    if (data.length > 0) told(name, data.join('\n'));
  };

  const run = async () => {
    for (;;) {
      const goOn = await read().catch(() => true);
      if (!goOn || controller.signal.aborted) return;
      state('lost');
      await new Promise((done) => setTimeout(done, waitMs));
      waitMs = Math.min(waitMs * 2, 10_000);
    }
  };
  void run();
  return () => controller.abort();
}
