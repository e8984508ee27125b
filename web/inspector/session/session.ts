import type { InspectorMessage, OwnMessage, Why } from '../../../src/inspect/protocol/messages.ts';
import { trimMessages } from '../../../src/inspect/protocol/trim.ts';
import type { Entry, Kind } from './log-entry.ts';
import { type Moment, momentOf, textOf } from './state-at.ts';

/** Messages, folded into the lines of a log. What a line says is never changed by what comes later. */
export interface Session {
  readonly messages: readonly InspectorMessage[];
  readonly entries: readonly Entry[];
  /** What sandboxes are called, by their ids. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether the oldest lines were dropped. */
  readonly isCut: boolean;
  tell(message: InspectorMessage): void;
  /**
   * Drops the oldest messages, and of this sandbox only when there are too many of it alone, so that so many are left. They are
   * read anew, from what every sandbox was by then.
   */
  cut(most: number, sandbox: string): Session;
  /** The ids of the sandboxes, in the order that they came. */
  sandboxes(): string[];
}

interface Actor {
  readonly sandbox: string;
  readonly isPrediction: boolean;
  moment?: Moment;
  /** The entry whose snapshot is still to come, or came last. */
  entry?: Entry;
  isOpen?: boolean;
  isPredicting?: boolean;
}

type Message<Type> = InspectorMessage & { type: Type };

/** A session that begins with these messages. */
export function createSession(begin: readonly InspectorMessage[] = [], isCut = false): Session {
  const messages: InspectorMessage[] = [];
  const entries: Entry[] = [];
  const names = new Map<string, string>();
  const actors = new Map<string, Actor>();
  /** What is told stands for lines that were dropped. */
  let isEarly = isCut;

  function tell(message: InspectorMessage): void {
    messages.push(message);
    if (message.type === '@xstate.actor') register(message);
    else if (message.type === '@xstate.event') begun(actorOf(message), message);
    else if (message.type === '@xstate.snapshot') done(actorOf(message), message);
    else said(actorOf(message, message.sandboxId), message);
  }

  /** An actor that was not told of before is one nonetheless. */
  function actorOf({ sessionId }: InspectorMessage, sandbox = sessionId): Actor {
    const actor = actors.get(sessionId) ?? { sandbox, isPrediction: false };
    actors.set(sessionId, actor);
    return actor;
  }

  function register({ sessionId, snapshot, parentId, createdAt }: Message<'@xstate.actor'>): void {
    const moment = momentOf(snapshot);
    const sandbox = textOf(moment, 'id') ?? sessionId;
    const isPrediction = actors.get(parentId ?? '')?.sandbox === sandbox;
    const isKnown = actors.has(sessionId);
    const actor: Actor = { sandbox, isPrediction };
    actors.set(sessionId, actor);
    moveOn(actor, moment);
    if (isPrediction) follow(actor, moment);
    else if (!isKnown) {
      const event = isEarly && Number(moment.context['version']) > 1 ? 'earlier' : 'created';
      add(actor, createdAt, event, 'seen').after = moment;
    }
  }

  function moveOn(actor: Actor, moment: Moment): void {
    actor.moment = moment;
    const name = textOf(moment, 'name');
    if (name && !actor.isPrediction) names.set(actor.sandbox, name);
  }

  /** What is shown only follows what is true: that is no line of its own. */
  function follow({ sandbox }: Actor, moment: Moment): void {
    const last = entries.findLast((entry) => entry.sandbox === sandbox);
    if (last) last.shown = moment;
  }

  function begun(actor: Actor, { event, createdAt }: Message<'@xstate.event'>): void {
    if (event.type === 'xstate.init') return;
    actor.entry = add(actor, createdAt, event.type, actor.isPredicting ? 'predicted' : 'sent');
    actor.isPredicting = false;
    actor.isOpen = true;
  }

  function done(actor: Actor, { event, snapshot, createdAt }: Message<'@xstate.snapshot'>): void {
    const { moment: before, isPrediction } = actor;
    const after = momentOf(snapshot);
    moveOn(actor, after);
    if (event.type === 'xstate.init') return;
    if (isPrediction && event.type === 'update') {
      follow(actor, after);
      return;
    }
    if (!actor.isOpen || actor.entry?.event !== event.type)
      actor.entry = add(actor, createdAt, event.type, 'sent');
    actor.isOpen = false;
    const { entry } = actor;
    Object.assign(entry, { before, after }, isPrediction && { shown: after });
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    if (entry.kind === 'sent') entry.kind = isSame ? 'unchanged' : 'applied';
  }

  /** What is said of an event that was just told of belongs to its line. */
  function said(actor: Actor, message: OwnMessage): void {
    const { event, at } = message;
    const kind = message.type.slice(19).replace('rolledBack', 'taken back') as Kind;
    actor.isPredicting = kind === 'predicted';
    if (actor.isPredicting) return;
    const { entry: last, moment } = actor;
    const isSaidOf = last?.kind === 'unchanged' && last.event === event && last === entries.at(-1);
    const entry = isSaidOf ? last : add(actor, at, event, kind);
    const { reason, latencyMs } = message as { reason?: Why; latencyMs?: number };
    const { before = moment, after = moment } = entry;
    Object.assign(entry, { kind, before, after, reason, latencyMs });
  }

  function add({ sandbox, isPrediction }: Actor, at: number | string, event: string, kind: Kind): Entry {
    const entry: Entry = { sandbox, isPrediction, at: Number(at), event, kind };
    entries.push(entry);
    return entry;
  }

  begin.forEach(tell);
  isEarly = false;
  return {
    ...{ messages, entries, names, isCut, tell },
    cut(most, sandbox) {
      const left = trimMessages(
        messages,
        most,
        ({ sessionId }) => actors.get(sessionId)?.sandbox === sandbox,
      );
      return createSession(left.length > actors.size + most ? trimMessages(messages, most) : left, true);
    },
    sandboxes: () => [...new Set(entries.map(({ sandbox }) => sandbox))],
  };
}
