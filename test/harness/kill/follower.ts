import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedChange } from './request-log.ts';
import type { Address } from './send-request.ts';

/** A change as the event stream tells it. */
export interface ReceivedEvent {
  readonly sequence: number;
  readonly change: ReceivedChange;
}

/** A client that reads the stream of all events, and goes on after the last one when a server comes back. */
export interface Follower {
  /** Everything that was told so far, in the order that it came in. */
  readonly told: readonly ReceivedEvent[];
  /** Reads from this server until it goes down. */
  follow(address: Address): void;
  close(): Promise<void>;
}

/** Follows nothing yet. `onTold` is called for each event. */
export function createFollower(onTold: (told: ReceivedEvent) => void): Follower {
  const told: ReceivedEvent[] = [];
  const closing = new AbortController();
  let reading = Promise.resolve();

  async function read(address: Address): Promise<void> {
    let text = '';
    for await (const part of partsOf(address)) {
      const frames = (text + part).split('\n\n');
      // What has no end yet may have been cut off in the middle.
      text = frames.pop() ?? '';
      for (const frame of frames) takeIn(frame);
    }
  }

  async function* partsOf({ url }: Address): AsyncGenerator<string> {
    const headers = { 'last-event-id': String(told.at(-1)?.sequence ?? 0) };
    const response = await fetch(`${url}/sandboxes/events`, { headers, signal: closing.signal }).catch(
      isDown,
    );
    const reader = response?.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const part = await reader?.read().catch(isDown);
      if (part?.value === undefined) return;
      yield part.value;
    }
  }

  function takeIn(frame: string): void {
    const [, sequence, data] = /^event: change\nid: (\d+)\ndata: (.*)$/.exec(frame) ?? [];
    if (sequence === undefined || data === undefined) return;
    const one = { sequence: Number(sequence), change: JSON.parse(data) };
    told.push(one);
    onTold(one);
  }

  return {
    told,
    follow(address) {
      reading = reading.then(() => read(address));
    },
    async close() {
      closing.abort();
      await Promise.race([reading, sleep(5_000)]);
    },
  };
}

/** The server went down, or the follower was closed: there is nothing more to read. */
function isDown(): undefined {}
