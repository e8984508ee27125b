/** How to read a stream of server-sent events. */
export interface StreamOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** An event came. */
  readonly told: (name: string, data: string) => void;
  /** The stream is open, or it is not and will be tried again, or it was refused with this HTTP status. */
  readonly state: (state: 'open' | 'lost' | number) => void;
}

/**
 * Follows a stream of server-sent events of ours, whose data is one line, and takes it up again where it was. Read with
 * `fetch`, because an `EventSource` can send no token. Answers a function that ends it.
 */
export function follow(url: string, { headers = {}, told, state }: StreamOptions): () => void {
  const controller = new AbortController();
  let last: string | undefined;
  let waitMs = 500;

  const read = async (): Promise<boolean> => {
    const response = await fetch(url, {
      headers: { ...headers, ...(last && { 'last-event-id': last }) },
      signal: controller.signal,
    });
    const { status, body } = response;
    if (status === 204 || (status >= 400 && status < 500 && status !== 429)) {
      state(status);
      return false;
    }
    if (!response.ok || body === null) return true;
    state('open');
    waitMs = 500;
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return true;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      blocks.forEach(take);
    }
  };

  const take = (block: string) => {
    const event: Record<string, string> = {};
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^(\w*): ?([\s\S]*)/.exec(line) ?? [];
      event[field] = value;
    }
    last = event['id'] ?? last;
    if (event['data']) told(event['event'] ?? 'message', event['data']);
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
