/** The fields of every message of Stately's protocol. This is the protocol of `@statelyai/inspect` 0.7.2. */
interface StatelyMessage {
  /** The actor's. */
  readonly sessionId: string;
  /** That of the actor at the root of its system. */
  readonly rootId: string;
  /** Grows from message to message. */
  readonly id: string;
  /** Epoch ms, as digits. */
  readonly createdAt: string;
  readonly _version: string;
}

/** The state of an actor, as far as it may leave the process. */
export interface SnapshotBody {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** The state, as `"running"` or `{ "suspended": "idle" }`. */
  readonly value?: string | Readonly<Record<string, string>>;
  /** The record without its status. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An event, as far as it may leave the process. */
export interface EventBody {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** There is an actor. */
export interface ActorMessage extends StatelyMessage {
  readonly type: '@xstate.actor';
  readonly name: string;
  /** The definition of its machine, as JSON. */
  readonly definition?: string | undefined;
  readonly parentId?: string | undefined;
  readonly snapshot: SnapshotBody;
}

/** An actor was sent an event. */
interface EventMessage extends StatelyMessage {
  readonly type: '@xstate.event';
  readonly event: EventBody;
  /** The actor that sent it. */
  readonly sourceId?: string | undefined;
}

/** An actor has dealt with an event. */
interface SnapshotMessage extends StatelyMessage {
  readonly type: '@xstate.snapshot';
  readonly event: EventBody;
  readonly snapshot: SnapshotBody;
}

/** The fields of every message of our own. It has no `_version`, so that Stately's inspector ignores it. */
interface LifecycleMessage {
  /** The actor's that it is about. */
  readonly sessionId: string;
  readonly sandboxId: string;
  /** Grows from message to message. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** The type of the command or event. */
  readonly event: string;
  /** The id of the prediction that it is about, if it is about one. */
  readonly prediction?: string;
}

/** Why something did not happen: a code, and where there is one, a sentence for a person. */
export interface Why {
  readonly code: string;
  readonly message: string;
}

/** A command was requested, and is shown as if it had been applied. */
interface PredictedMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.predicted';
}

/** A prediction came true. */
interface ConfirmedMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.confirmed';
  /** From the prediction until it was known, in ms. */
  readonly latencyMs: number;
}

/** A command may not happen. */
interface RefusedMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.refused';
  readonly reason: Why;
}

/** A prediction was rolled back. */
interface RolledBackMessage extends LifecycleMessage {
  readonly type: '@sandbox-lifecycle.rolledBack';
  readonly reason: Why;
  /** From the prediction until it was known, in ms. */
  readonly latencyMs: number;
}

/** An event changed nothing: it came too late or too early, or what it is for holds or is under way. */
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

/** Any message of an inspector. All of them are plain JSON. */
export type InspectorMessage = ActorMessage | EventMessage | SnapshotMessage | OwnMessage;

/** The release of `@statelyai/inspect` whose protocol this is. */
export const protocolVersion = '0.7.2';

/** What a page posts to the window that opened it once it listens. */
export const connectedType = '@statelyai.connected';

/** What our own messages begin with. */
const own = /^@sandbox-lifecycle\.(predicted|confirmed|refused|rolledBack|stale)$/;

/** Whether this is a message of either kind, as far as a page has to know before it looks into it. */
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

/** Whether this is an object, whose fields may be of any type. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
