import type { ActorMessage, InspectorMessage } from './messages.ts';

/** The last messages, for a page that comes late. */
export interface Buffer {
  push(message: InspectorMessage): void;
  /** What such a page has to be told, in order: first of every actor that it is there. */
  replay(): readonly InspectorMessage[];
}

/**
 * Keeps so many messages. An actor's registration is never dropped, or everything after it would mean nothing: it
 * takes over the state of the snapshots that are.
 */
export function createBuffer(limit: number): Buffer {
  const actors = new Map<string, ActorMessage>();
  let messages: InspectorMessage[] = [];

  const drop = (message: InspectorMessage) => {
    if (message.type !== '@xstate.snapshot') return;
    const actor = actors.get(message.sessionId);
    if (actor !== undefined) actors.set(message.sessionId, { ...actor, snapshot: message.snapshot });
  };

  return {
    push(message) {
      if (message.type === '@xstate.actor') {
        actors.set(message.sessionId, message);
        return;
      }
      messages.push(message);
      // A half at once, so that not every message moves all the others.
      if (messages.length < 2 * limit) return;
      for (const old of messages.slice(0, -limit)) drop(old);
      messages = messages.slice(-limit);
    },
    replay() {
      const early = messages.slice(0, Math.max(0, messages.length - limit));
      for (const old of early) drop(old);
      messages = messages.slice(early.length);
      return [...actors.values(), ...messages];
    },
  };
}
