import type { InspectorMessage } from '../protocol/messages.ts';

/** A transport of messages to a page. */
export interface InspectorTransport {
  /** Called once. `replay` returns the messages that a new page needs first. */
  start(replay: () => readonly InspectorMessage[]): void;
  send(message: InspectorMessage): void;
  stop(): void;
}
