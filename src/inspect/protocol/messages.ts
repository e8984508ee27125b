/** The fields of every message of Stately's protocol, as in `@statelyai/inspect` 0.7.2. */
interface StatelyMessage {
  /** The id of the actor. */
  readonly sessionId: string;
  /** The id of the root actor of its system. */
  readonly rootId: string;
  /** Increases from message to message. */
  readonly id: string;
  /** Epoch ms, as digits. */
  readonly createdAt: string;
  readonly _version: string;
}

/** The part of an actor's state that may leave the process. */
export interface SnapshotBody {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** The state, as `"running"` or `{ "suspended": "idle" }`. */
  readonly value?: string | Readonly<Record<string, string>>;
  /** The record without its status. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The part of an event that may leave the process. */
export interface EventBody {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Announces an actor. */
export interface ActorMessage extends StatelyMessage {
  readonly type: '@xstate.actor';
  readonly name: string;
  /** The definition of its machine, as JSON. */
  readonly definition?: string | undefined;
  readonly parentId?: string | undefined;
  readonly snapshot: SnapshotBody;
}

/** Reports an event that was sent to an actor. */
interface EventMessage extends StatelyMessage {
  readonly type: '@xstate.event';
  readonly event: EventBody;
  /** The actor that sent it. */
  readonly sourceId?: string | undefined;
}

/** Reports that an actor has processed an event. */
interface SnapshotMessage extends StatelyMessage {
  readonly type: '@xstate.snapshot';
  readonly event: EventBody;
  readonly snapshot: SnapshotBody;
}

/** The fields of every message of our own. They have no `_version`, so that Stately's inspector ignores them. */
interface LifecycleMessage {
  /** The id of the actor that the message is about. */
  readonly sessionId: string;
  readonly sandboxId: string;
  /** Increases from message to message. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** The type of the command or event. */
  readonly event: string;
  /** The id of the prediction that the message is about, if any. */
  readonly prediction?: string;
}

/** The reason why an event had no effect: a code, and a sentence for the user, which may be empty. */
export interface Why {
  readonly code: string;
  readonly message: string;
}

/** Reports a pending command, which the client shows as if the server had applied it. */
interface PredictedMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.predicted';
}

/** Reports that the server has confirmed a prediction. */
interface ConfirmedMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.confirmed';
  /** From the prediction to its result, in ms. */
  readonly latencyMs: number;
}

/** Reports that a command was refused. */
interface RefusedMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.refused';
  readonly reason: Why;
}

/** Reports that a prediction was rolled back. */
interface RolledBackMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.rolledBack';
  readonly reason: Why;
  /** From the prediction to its result, in ms. */
  readonly latencyMs: number;
}

/** Reports that an event changed nothing: it was too late or too early, or its goal holds or is in progress already. */
interface StaleMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.stale';
  readonly reason: Why;
}

/** A message of our own. */
export type OwnMessage =
  | PredictedMessage
  | ConfirmedMessage
  | RefusedMessage
  | RolledBackMessage
  | StaleMessage;

/** Any message of an inspector, as plain JSON. */
export type InspectorMessage = ActorMessage | EventMessage | SnapshotMessage | OwnMessage;

/** The release of `@statelyai/inspect` that defines the protocol. */
export const protocolVersion = '0.7.2';

/** The type of the message that a page posts to its opener when it is ready. */
export const connectedType = '@statelyai.connected';

/** The types of our own messages. */
const own = /^@sandbox-lifecycle\.(predicted|confirmed|refused|rolledBack|stale)$/;

/** Whether a value is a message of either kind. Checks the fields that a page relies on. */
export function isInspectorMessage(value: unknown): value is InspectorMessage {
  if (!isObject(value)) return false;
  const { type, sessionId, _version, snapshot, event, sandboxId, name } = value;
  if (typeof type !== 'string' || typeof sessionId !== 'string') return false;
  if (own.test(type)) return typeof event === 'string' && typeof sandboxId === 'string';
  const hasSnapshot = isObject(snapshot);
  const hasEvent = isObject(event) && typeof event['type'] === 'string';
  const isWhole =
    (type === '@xstate.actor' && typeof name === 'string' && hasSnapshot) ||
    (type === '@xstate.event' && hasEvent) ||
    (type === '@xstate.snapshot' && hasEvent && hasSnapshot);
  return isWhole && typeof _version === 'string';
}

/** Whether a value is an object. Its fields may have any type. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
