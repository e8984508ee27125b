/** What every stream begins with: after how many ms a client that lost it is to come again. */
export const openingFrame = 'retry: 1000\n\n';

/** Nothing, so that nobody on the way takes the connection for dead. */
export const heartbeatFrame = ': heartbeat\n\n';

/** An event with its place in the order of all changes, where a client goes on after it. */
export function eventFrame(event: 'ready' | 'state' | 'change', sequence: number, data: unknown): string {
  return `event: ${event}\nid: ${sequence}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** An event without a place: who comes back is told it no more. */
export function passingFrame(event: 'refused' | 'unchanged', data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The last event of a stream, with the reason in one sentence. */
export function closedFrame(reason: string): string {
  return `event: closed\ndata: ${JSON.stringify({ reason })}\n\n`;
}
