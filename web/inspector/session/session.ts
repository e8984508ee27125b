import type { InspectorMessage } from '../../../src/inspect/protocol/messages.ts';
import { trimMessages } from '../../../src/inspect/protocol/trim.ts';
import { addMessage, type Log } from './log.ts';
import type { LogEntry } from './log-entry.ts';

/** The messages of an inspector, and their log. */
export interface Session {
  readonly messages: readonly InspectorMessage[];
  readonly entries: readonly LogEntry[];
  /** The names of the sandboxes, by their ids. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether the oldest lines were dropped. */
  readonly isTrimmed: boolean;
  add(message: InspectorMessage): void;
  /**
   * Returns a session of the newest messages, at most `most`. It begins with the state of each sandbox at that time. It
   * drops messages of this sandbox only when that sandbox alone has too many.
   */
  trim(most: number, sandbox: string): Session;
  /** The ids of the sandboxes, in the order of their first lines. */
  sandboxes(): string[];
}

/** Creates a session that begins with these messages. */
export function createSession(begin: readonly InspectorMessage[] = [], isTrimmed = false): Session {
  const messages: InspectorMessage[] = [];
  const log: Log = { entries: [], names: new Map(), actors: new Map(), isEarly: isTrimmed };
  const { entries, names, actors } = log;
  const add = (message: InspectorMessage) => {
    messages.push(message);
    addMessage(log, message);
  };
  begin.forEach(add);
  log.isEarly = false;
  return {
    ...{ messages, entries, names, isTrimmed, add },
    trim(most, sandbox) {
      const isOfSandbox = ({ sessionId }: InspectorMessage) => actors.get(sessionId)?.sandbox === sandbox;
      const left = trimMessages(messages, most, isOfSandbox);
      return createSession(left.length > actors.size + most ? trimMessages(messages, most) : left, true);
    },
    sandboxes: () => [...new Set(entries.map(({ sandbox }) => sandbox))],
  };
}
