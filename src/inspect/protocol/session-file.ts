import { type InspectorMessage, isInspectorMessage } from './messages.ts';

/**
 * Reads a session from the text of a file: an export of the page, a list of messages, or one message per line. Throws
 * when the file contains no message.
 */
export function parseSession(text: string): InspectorMessage[] {
  const messages = parse(text).filter(isInspectorMessage);
  if (messages.length === 0) throw new Error('This file contains no inspector messages.');
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
