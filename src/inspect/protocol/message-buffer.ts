import type { InspectorMessage } from './messages.ts';
import { trimMessages } from './trim.ts';

/** The last messages, for a page that comes late. */
export interface MessageBuffer {
  push(message: InspectorMessage): void;
  /** What such a page has to be told, in order: first of every actor that it is there. */
  replay(): readonly InspectorMessage[];
}

/** Keeps so many messages, and who the actors are. */
export function createMessageBuffer(limit: number): MessageBuffer {
  let messages: InspectorMessage[] = [];
  let most = 2 * limit;
  return {
    push(message) {
      messages.push(message);
      if (messages.length < most) return;
      // Half of them at once, so that not every message moves all the others.
      messages = trimMessages(messages, limit);
      most = messages.length + limit;
    },
    replay: () => trimMessages(messages, limit),
  };
}
