import type { StreamEvents } from '../../../schema/http/responses.ts';
import type { HistoryRow, MissingRow } from '../../store/records.ts';
import { changeInfo, missingInfo } from '../response/serialize.ts';

/** The first frame of every stream: the time after which a disconnected client reconnects, in ms. */
export const openingFrame = 'retry: 1000\n\n';

/**
 * The first line of every frame: the server's clock when it sent the frame, in epoch ms. Clients correct their countdowns by
 * it. It is a comment, which programs that do not know it ignore.
 */
export const timeComment = (nowMs: number) => `: time ${nowMs}\n`;

/** A comment that keeps proxies from closing an idle connection. */
export const heartbeatFrame = ': heartbeat\n\n';

/**
 * An event from which a client can resume: its id has the sequence, and the id of the sandbox when the stream follows
 * only that one, so that a stream by name stays with it.
 */
export function eventFrame<Event extends 'ready' | 'state'>(
  event: Event,
  sequence: number,
  data: StreamEvents[Event],
  sandboxId?: string,
): string {
  return frameOf(event, sequence, JSON.stringify(data), sandboxId);
}

function frameOf(event: string, sequence: number, data: string, sandboxId: string | undefined): string {
  const id = sandboxId === undefined ? sequence : `${sequence}-${sandboxId}`;
  return `event: ${event}\nid: ${id}\ndata: ${data}\n\n`;
}

/** The data of the changes that were sent, so that a change is serialised once for all streams. */
const serialised = new WeakMap<HistoryRow, string>();

/** The event of a change. `sandboxId` as in {@link eventFrame}. */
export function changeFrame(row: HistoryRow, sandboxId?: string): string {
  let data = serialised.get(row);
  if (data === undefined) {
    data = JSON.stringify(changeInfo(row) satisfies StreamEvents['change']);
    serialised.set(row, data);
  }
  return frameOf('change', row.sequence, data, sandboxId);
}

/** The event in the place of a change that cannot be read. Clients that do not know it ignore it. `sandboxId` as in {@link eventFrame}. */
export function missingFrame(row: MissingRow, sandboxId?: string): string {
  const data: StreamEvents['missing'] = missingInfo(row);
  return frameOf('missing', row.sequence, JSON.stringify(data), sandboxId);
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

const encoder = new TextEncoder();
let last: { readonly text: string; readonly bytes: Uint8Array } = { text: '', bytes: new Uint8Array() };

/** The bytes of a frame. The streams that send the same frame in the same millisecond share them; they must not change. */
export function encodeFrame(text: string): Uint8Array {
  if (last.text !== text) last = { text, bytes: encoder.encode(text) };
  return last.bytes;
}
