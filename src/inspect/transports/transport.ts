import type { InspectorMessage } from '../protocol/messages.ts';

/** The way to a page. */
export interface InspectorTransport {
  /** Called once. `replay` answers what a page that joins now has to be told before anything else. */
  start(replay: () => readonly InspectorMessage[]): void;
  send(message: InspectorMessage): void;
  stop(): void;
}
