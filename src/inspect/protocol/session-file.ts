import { type InspectorMessage, isInspectorMessage } from './messages.ts';

/**
 * Reads a session from the text of a file: what the page has exported, a list of messages, or one message a line. Throws when there
 * is no message in it.
 */
export function parseSession(text: string): InspectorMessage[] {
  const messages = parse(text).filter(isInspectorMessage);
  if (messages.length === 0) throw new Error('There are no messages of an inspector in this file.');
  return messages;
}

function parse(text: string): unknown[] {
  const whole = parseOne(text) as { session?: unknown } | undefined;
  return whole === undefined ? text.split('\n').map(parseOne) : [whole.session ?? whole].flat();
}

function parseOne(text: string): unknown {
  try {
    return JSON.parse(text) ?? [];
  } catch {
    return undefined;
  }
}
