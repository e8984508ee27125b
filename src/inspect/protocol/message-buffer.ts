import type { InspectorMessage } from './messages.ts';
import { trimMessages } from './trim.ts';

/** The newest messages, for a page that opens later. */
export interface MessageBuffer {
  push(message: InspectorMessage): void;
  /** Returns the messages that a new page needs, in order. They announce every actor first. */
  replay(): readonly InspectorMessage[];
}

/** Creates a buffer of at most `limit` messages, besides those that announce the actors. */
export function createMessageBuffer(limit: number): MessageBuffer {
  let messages: InspectorMessage[] = [];
  let most = 2 * limit;
  return {
    push(message) {
      messages.push(message);
      if (messages.length < most) return;
      // Drops half of the messages at once, so that not every message moves all the others.
      messages = trimMessages(messages, limit);
      most = messages.length + limit;
    },
    replay: () => trimMessages(messages, limit),
  };
}
