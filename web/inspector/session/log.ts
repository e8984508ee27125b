import type { InspectorMessage, OwnMessage, Why } from '../../../src/inspect/protocol/messages.ts';
import type { Kind, LogEntry } from './log-entry.ts';
import { type StateAt, stateAt, textOf } from './state-at.ts';

/** The lines of a session. Later messages never change what a line says. */
export interface Log {
  readonly entries: LogEntry[];
  /** The names of the sandboxes, by their ids. */
  readonly names: Map<string, string>;
  readonly actors: Map<string, Actor>;
  /** Whether the added messages replace lines that were dropped. */
  isEarly: boolean;
}

/** The part of an actor that the log must know. */
interface Actor {
  readonly sandbox: string;
  readonly isPrediction: boolean;
  state?: StateAt;
  /** The line that the newest event of this actor has added. */
  entry?: LogEntry;
  /** Whether the snapshot of that event has not arrived yet. */
  isOpen?: boolean;
  /** Whether the next event is a prediction. */
  isPredicting?: boolean;
}

type Message<Type> = InspectorMessage & { type: Type };

/** Adds a message to the log. */
export function addMessage(log: Log, message: InspectorMessage): void {
  if (message.type === '@xstate.actor') addActor(log, message);
  else if (message.type === '@xstate.event') addEvent(log, actorOf(log, message), message);
  else if (message.type === '@xstate.snapshot') addSnapshot(log, actorOf(log, message), message);
  else addReason(log, actorOf(log, message, message.sandboxId), message);
}

function addActor(log: Log, { sessionId, snapshot, parentId, createdAt }: Message<'@xstate.actor'>): void {
  const { actors, isEarly } = log;
  const state = stateAt(snapshot);
  const sandbox = textOf(state, 'id') ?? sessionId;
  const isPrediction = actors.get(parentId ?? '')?.sandbox === sandbox;
  const isKnown = actors.has(sessionId);
  const actor: Actor = { sandbox, isPrediction };
  actors.set(sessionId, actor);
  setState(log, actor, state);
  if (isPrediction) setShown(log, actor, state);
  else if (!isKnown) {
    const event = isEarly && Number(state.context['version']) > 1 ? 'earlier' : 'created';
    addLine(log, actor, createdAt, event, 'seen').after = state;
  }
}

function addEvent(log: Log, actor: Actor, { event, createdAt }: Message<'@xstate.event'>): void {
  if (event.type === 'xstate.init') return;
  actor.entry = addLine(log, actor, createdAt, event.type, actor.isPredicting ? 'predicted' : 'sent');
  actor.isPredicting = false;
  actor.isOpen = true;
}

function addSnapshot(
  log: Log,
  actor: Actor,
  { event, snapshot, createdAt }: Message<'@xstate.snapshot'>,
): void {
  const { state: before, isPrediction } = actor;
  const after = stateAt(snapshot);
  setState(log, actor, after);
  if (event.type === 'xstate.init') return;
  if (isPrediction && event.type === 'update') {
    setShown(log, actor, after);
    return;
  }
  if (!actor.isOpen || actor.entry?.event !== event.type)
    actor.entry = addLine(log, actor, createdAt, event.type, 'sent');
  actor.isOpen = false;
  const { entry } = actor;
  Object.assign(entry, { before, after }, isPrediction && { shown: after });
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  if (entry.kind === 'sent') entry.kind = isSame ? 'unchanged' : 'applied';
}

/** Adds a message of our own. Its reason belongs to the line before, if that event has just changed nothing. */
function addReason(log: Log, actor: Actor, message: OwnMessage): void {
  const { type, event, at, reason, latencyMs } = message as OwnMessage & { reason?: Why; latencyMs?: number };
  const kind = type.slice(19).replace('rolledBack', 'rolled back') as Kind;
  actor.isPredicting = kind === 'predicted';
  if (actor.isPredicting) return;
  const { entry: last, state } = actor;
  const isReasonOf = last?.kind === 'unchanged' && last.event === event && last === log.entries.at(-1);
  const entry = isReasonOf ? last : addLine(log, actor, at, event, kind);
  const { before = state, after = state } = entry;
  Object.assign(entry, { kind, before, after, reason, latencyMs });
}

/** Returns the actor of a message, even if no message has announced it. */
function actorOf({ actors }: Log, { sessionId }: InspectorMessage, sandbox = sessionId): Actor {
  const actor = actors.get(sessionId) ?? { sandbox, isPrediction: false };
  actors.set(sessionId, actor);
  return actor;
}

function setState({ names }: Log, actor: Actor, state: StateAt): void {
  actor.state = state;
  const name = textOf(state, 'name');
  if (name && !actor.isPrediction) names.set(actor.sandbox, name);
}

/** The state of a client follows the confirmed one without a line of its own. */
function setShown({ entries }: Log, { sandbox }: Actor, state: StateAt): void {
  const last = entries.findLast((entry) => entry.sandbox === sandbox);
  if (last) last.shown = state;
}

function addLine(
  { entries }: Log,
  { sandbox, isPrediction }: Actor,
  at: number | string,
  event: string,
  kind: Kind,
): LogEntry {
  const entry: LogEntry = { sandbox, isPrediction, at: Number(at), event, kind };
  entries.push(entry);
  return entry;
}
