import type { ActorMessage, InspectorMessage, SnapshotBody } from './messages.ts';

/**
 * Returns the newest messages, at most `most`. They begin with a message for every actor, with its state at that time.
 * Messages that belong together stay together, and messages for which `keeps` returns true are not dropped.
 */
export function trimMessages(
  messages: readonly InspectorMessage[],
  most: number,
  keeps: (message: InspectorMessage) => boolean = () => false,
): InspectorMessage[] {
  const actors = new Map<string, ActorMessage>();
  const kept: InspectorMessage[] = [];
  let surplus = messages.filter(({ type }) => type !== '@xstate.actor').length - most;
  let dropped: InspectorMessage | undefined;
  for (const message of messages) {
    const { sessionId } = message;
    const actor = actors.get(sessionId);
    if (message.type === '@xstate.actor') actors.set(sessionId, message);
    else if (keeps(message) || !(surplus > 0 || (dropped && goesOn(dropped, message)))) {
      kept.push(message);
      dropped = undefined;
    } else {
      surplus -= 1;
      dropped = message;
      if (message.type === '@xstate.snapshot' && actor) {
        const { snapshot, createdAt } = message;
        // The actor keeps the time at which its operation began, so that the duration is right.
        const isAtWork = operationOf(snapshot) === operationOf(actor.snapshot);
        actors.set(sessionId, { ...actor, snapshot, ...(!isAtWork && { createdAt }) });
      }
    }
  }
  return [...actors.values(), ...kept];
}

/** Whether a message belongs to the one before: a snapshot follows its event, and an event follows its prediction. */
const goesOn = (before: InspectorMessage, message: InspectorMessage) =>
  message.type === '@xstate.snapshot' || before.type === '@sandbox-lifecycle.predicted';

const operationOf = ({ context }: SnapshotBody) => JSON.stringify(context?.['operation']);
