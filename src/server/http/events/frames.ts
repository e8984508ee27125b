import type { StreamEvents } from '../../../schema/http/responses.ts';

/** The first frame of every stream: the time after which a disconnected client reconnects, in ms. */
export const openingFrame = 'retry: 1000\n\n';

/** A comment that keeps proxies from closing an idle connection. */
export const heartbeatFrame = ': heartbeat\n\n';

/** An event with its sequence, from which a client can resume. */
export function eventFrame<Event extends 'ready' | 'state' | 'change'>(
  event: Event,
  sequence: number,
  data: StreamEvents[Event],
): string {
  return `event: ${event}\nid: ${sequence}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** An event without a sequence. A client that resumes does not receive it again. */
export function unnumberedFrame(event: 'refused' | 'unchanged', data: StreamEvents['refused']): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The last event of a stream, with the reason in one sentence. */
export function closedFrame(reason: string): string {
  const data: StreamEvents['closed'] = { reason };
  return `event: closed\ndata: ${JSON.stringify(data)}\n\n`;
}
