/** One event of a stream of Server-Sent Events. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
}

/**
 * Reads Server-Sent Events from a body until it ends; rejects when it breaks. Works on a `fetch` body because an
 * `EventSource` cannot send an `Authorization` header. Calls `onAlive` for each chunk, comments included.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: StreamEvent) => void,
  onAlive: () => void,
  onComment: (text: string) => void = () => {},
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let fields: Record<string, string> = {};
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onAlive();
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, name, text = ''] = /^([^:]*):? ?(.*?)\r?$/s.exec(line) ?? [];
      if (line.trim() === '') {
        const { event = 'message', data, id = '' } = fields;
        if (data !== undefined) onEvent({ type: event, data, id });
        fields = {};
      } else if (name === '') onComment(text);
      else if (name)
        fields[name] = name === 'data' && fields['data'] !== undefined ? `${fields['data']}\n${text}` : text;
    }
  }
}
