import type { ActorMessage, InspectorMessage, SnapshotBody } from './messages.ts';

/**
 * The last messages, so many at most, and before them that every actor is there, as it was by then: without that, nothing
 * that follows would mean anything. What belongs together is not torn apart, and what `keeps` says is not dropped.
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
        // It is told from when its operation began, so that how long that takes is told right.
        const isAtWork = operationOf(snapshot) === operationOf(actor.snapshot);
        actors.set(sessionId, { ...actor, snapshot, ...(!isAtWork && { createdAt }) });
      }
    }
  }
  return [...actors.values(), ...kept];
}

/** A snapshot is what its event led to, and a prediction is announced before its event. */
const goesOn = (before: InspectorMessage, message: InspectorMessage) =>
  message.type === '@xstate.snapshot' || before.type === '@sandbox-lifecycle.predicted';

const operationOf = ({ context }: SnapshotBody) => JSON.stringify(context?.['operation']);
