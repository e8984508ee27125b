import type {
  EventBody,
  InspectorMessage,
  OwnMessage,
  SnapshotBody,
  Why,
} from '../../src/inspect/messages.ts';

/** A record as it came: anything may be missing, or be something else. */
type Context = Readonly<Record<string, unknown>>;

/** What an actor was at some moment. */
export interface Moment {
  /** The state by its path, such as `suspended.idle`. */
  readonly path: string;
  readonly context: Context;
}

/** What became of an event. */
export type Kind =
  | 'seen'
  | 'sent'
  | 'applied'
  | 'unchanged'
  | 'predicted'
  | 'confirmed'
  | 'refused'
  | 'taken back'
  | 'stale';

/** One line of the log. */
export interface Entry {
  readonly index: number;
  readonly sandbox: string;
  readonly session: string;
  readonly isPrediction: boolean;
  /** Epoch ms. */
  readonly at: number;
  readonly event: string;
  readonly body: EventBody;
  readonly source: string | undefined;
  kind: Kind;
  before: Moment | undefined;
  after: Moment | undefined;
  /** What a client has shown since. */
  shown?: Moment;
  reason?: Why;
  latencyMs?: number;
}

interface Actor {
  readonly sandbox: string;
  readonly isPrediction: boolean;
  moment: Moment | undefined;
  /** The entry whose snapshot is still to come, or came last. */
  entry?: Entry;
  isOpen?: boolean;
  isPredicting?: boolean;
}

/** Folds messages into lines of a log. What came is never thrown away by what comes later. */
export class Session {
  messages: InspectorMessage[] = [];
  entries: Entry[] = [];
  /** What sandboxes are called, by their ids. */
  names = new Map<string, string>();
  #actors = new Map<string, Actor>();

  clear(): void {
    this.messages = [];
    this.entries = [];
    this.#actors.clear();
  }

  /** The ids of the sandboxes, in the order that they came. */
  sandboxes(): string[] {
    return [...new Set(this.entries.map(({ sandbox }) => sandbox))];
  }

  tell(message: InspectorMessage): void {
    this.messages.push(message);
    if (message.type === '@xstate.actor') {
      this.#register(message.sessionId, message);
      return;
    }
    const actor = this.#actorOf(message);
    if (message.type === '@xstate.event') this.#event(actor, message);
    else if (message.type === '@xstate.snapshot') this.#snapshot(actor, message);
    else this.#own(actor, message);
  }

  #register(session: string, message: InspectorMessage & { type: '@xstate.actor' }): void {
    const { snapshot, parentId, createdAt } = message;
    const moment = momentOf(snapshot);
    const sandbox = idOf(moment) ?? session;
    const isPrediction = this.#actors.get(parentId ?? '')?.sandbox === sandbox;
    const known = this.#actors.get(session);
    const actor: Actor = { sandbox, isPrediction, moment };
    this.#actors.set(session, actor);
    this.#learnName(actor);
    if (isPrediction) this.#follow(actor, moment);
    else if (known === undefined)
      this.#add(actor, session, Number(createdAt), { type: 'created' }, 'seen').after = moment;
  }

  #learnName({ sandbox, isPrediction, moment }: Actor): void {
    const name = moment?.context['name'];
    if (typeof name === 'string' && !isPrediction) this.names.set(sandbox, name);
  }

  /** What is shown only follows what is true: that is no line of its own. */
  #follow({ sandbox }: Actor, moment: Moment): void {
    const last = this.entries.findLast((entry) => entry.sandbox === sandbox);
    if (last) last.shown = moment;
  }

  /** An actor that was not told of before is one nonetheless. */
  #actorOf(message: InspectorMessage): Actor {
    const found = this.#actors.get(message.sessionId);
    if (found !== undefined) return found;
    const sandbox = 'sandboxId' in message ? message.sandboxId : message.sessionId;
    const actor: Actor = { sandbox, isPrediction: false, moment: undefined };
    this.#actors.set(message.sessionId, actor);
    return actor;
  }

  #event(actor: Actor, message: InspectorMessage & { type: '@xstate.event' }): void {
    const { sessionId, event, createdAt, sourceId } = message;
    if (event.type === 'xstate.init') return;
    const kind = actor.isPredicting ? 'predicted' : 'sent';
    actor.isPredicting = false;
    actor.entry = this.#add(actor, sessionId, Number(createdAt), event, kind, sourceId);
    actor.isOpen = true;
  }

  #snapshot(actor: Actor, message: InspectorMessage & { type: '@xstate.snapshot' }): void {
    const { sessionId, event, snapshot, createdAt } = message;
    const before = actor.moment;
    const after = momentOf(snapshot);
    actor.moment = after;
    this.#learnName(actor);
    if (event.type === 'xstate.init') return;
    if (actor.isPrediction && event.type === 'update') {
      this.#follow(actor, after);
      return;
    }
    const isOpen = actor.isOpen && actor.entry?.event === event.type;
    if (!isOpen) actor.entry = this.#add(actor, sessionId, Number(createdAt), event, 'sent');
    actor.isOpen = false;
    const { entry } = actor;
    if (entry === undefined) return;
    entry.before = before;
    entry.after = after;
    if (actor.isPrediction) entry.shown = after;
    if (entry.kind === 'sent') entry.kind = isSame(before, after) ? 'unchanged' : 'applied';
  }

  /** What is said of an event that was just told of belongs to its line. */
  #own(actor: Actor, message: OwnMessage): void {
    const { type, sessionId, event, at } = message;
    if (type === '@sandbox-lifecycle.predicted') {
      actor.isPredicting = true;
      return;
    }
    const kind = kinds[type];
    const last = actor.entry;
    const isSaidOf = last?.kind === 'unchanged' && last.event === event && last === this.entries.at(-1);
    const entry = isSaidOf ? last : this.#add(actor, sessionId, at, { type: event }, kind);
    entry.kind = kind;
    entry.before ??= actor.moment;
    entry.after ??= actor.moment;
    if ('reason' in message) entry.reason = message.reason;
    if ('latencyMs' in message) entry.latencyMs = message.latencyMs;
  }

  #add(actor: Actor, session: string, at: number, body: EventBody, kind: Kind, source?: string): Entry {
    const { sandbox, isPrediction } = actor;
    const index = this.entries.length;
    const base = { index, sandbox, session, isPrediction, at, body, source, kind };
    const entry: Entry = { ...base, event: String(body.type), before: undefined, after: undefined };
    this.entries.push(entry);
    return entry;
  }
}

const kinds = {
  '@sandbox-lifecycle.confirmed': 'confirmed',
  '@sandbox-lifecycle.refused': 'refused',
  '@sandbox-lifecycle.rolledBack': 'taken back',
  '@sandbox-lifecycle.stale': 'stale',
} as const;

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function momentOf({ value, context }: SnapshotBody): Moment {
  return { path: pathOf(value), context: isObject(context) ? context : {} };
}

function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [first] = isObject(value) ? Object.entries(value) : [];
  return first === undefined ? '' : [first[0], pathOf(first[1])].filter(Boolean).join('.');
}

function idOf(moment: Moment): string | undefined {
  const { id } = moment.context;
  return typeof id === 'string' ? id : undefined;
}

const isObject = (value: unknown): value is Context => typeof value === 'object' && value !== null;
