import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedChange } from './request-log.ts';
import type { Address } from './send-request.ts';

/** A change as the event stream sends it. */
export interface ReceivedEvent {
  readonly sequence: number;
  readonly change: ReceivedChange;
}

/** A client that reads the stream of all events, and resumes after the last one when the next server starts. */
export interface Follower {
  /** All events so far, in order of arrival. */
  readonly received: readonly ReceivedEvent[];
  /** Reads the stream of this server until the server goes down or the signal aborts, and resolves then. */
  follow(address: Address, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Creates a follower without a server. Calls `onEvent` for each event. */
export function createFollower(onEvent: (event: ReceivedEvent) => void): Follower {
  const received: ReceivedEvent[] = [];
  const closing = new AbortController();
  let reading = Promise.resolve();

  async function read(address: Address, signal?: AbortSignal): Promise<void> {
    let text = '';
    for await (const part of partsOf(address, signal)) {
      const frames = (text + part).split('\n\n');
      // The last frame may be incomplete.
      text = frames.pop() ?? '';
      for (const frame of frames) receive(frame);
    }
  }

  async function* partsOf({ url }: Address, until?: AbortSignal): AsyncGenerator<string> {
    const signal = until ? AbortSignal.any([closing.signal, until]) : closing.signal;
    const headers = { 'last-event-id': String(received.at(-1)?.sequence ?? 0) };
    const response = await fetch(`${url}/sandboxes/events`, { headers, signal }).catch(isDown);
    const reader = response?.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const part = await reader?.read().catch(isDown);
      if (part?.value === undefined) return;
      yield part.value;
    }
  }

  function receive(frame: string): void {
    const [, sequence, data] = /^(?::.*\n)*event: change\nid: (\d+)(?:-\w+)?\ndata: (.*)$/.exec(frame) ?? [];
    if (sequence === undefined || data === undefined) return;
    const event = { sequence: Number(sequence), change: JSON.parse(data) };
    received.push(event);
    onEvent(event);
  }

  return {
    received,
    follow(address, signal) {
      reading = reading.then(() => read(address, signal));
      return reading;
    },
    async close() {
      closing.abort();
      await Promise.race([reading, sleep(5_000)]);
    },
  };
}

/** Stands for the end of a stream: the server went down, or the follower was closed. */
function isDown(): undefined {}
