import type { Sandbox } from '../../model/sandbox.ts';
import type { MessageBuffer } from '../protocol/message-buffer.ts';
import {
  type EventBody,
  type InspectorMessage,
  type OwnMessage,
  protocolVersion,
} from '../protocol/messages.ts';
import { type Redaction, snapshotOf } from '../protocol/redaction.ts';
import { definition } from './machine-definition.ts';

/** An actor in the inspector. */
export interface Actor {
  readonly sessionId: string;
  readonly rootId: string;
  readonly parentId?: string | undefined;
  readonly name: string;
}

type Unsent<Message> = Message extends unknown ? Omit<Message, 'id' | 'sessionId' | 'sandboxId'> : never;

/** Writes messages to an outlet immediately, because records change later. */
export interface MessageWriter {
  readonly redact: Redaction;
  now(): number;
  actor(actor: Actor, sandbox: Sandbox, at: number): void;
  event(actor: Actor, event: unknown, at: number, sourceId?: string): void;
  /** `status` is the status of the actor, if the record does not imply it. */
  snapshot(actor: Actor, event: unknown, sandbox: Sandbox, at: number, status?: 'error' | 'stopped'): void;
  own(actor: Actor, sandboxId: string, message: Unsent<OwnMessage>): void;
}

/** The targets of a message writer. */
export interface Outlet {
  readonly buffer: MessageBuffer;
  send(message: InspectorMessage): void;
}

/** Creates a message writer. `now` is the clock, in epoch ms. */
export function createMessageWriter(redact: Redaction, outlet: Outlet, now: () => number): MessageWriter {
  let count = 0;

  const write = (message: InspectorMessage) => {
    outlet.buffer.push(message);
    outlet.send(message);
  };
  const base = ({ sessionId, rootId }: Actor, at: number) => {
    count += 1;
    return { sessionId, rootId, id: String(count), createdAt: String(at), _version: protocolVersion };
  };
  const body = (event: unknown): EventBody => redact.event(event);

  return {
    redact,
    now,
    actor(actor, sandbox, at) {
      const { name, parentId } = actor;
      const snapshot = snapshotOf(sandbox, redact);
      write({ type: '@xstate.actor', name, parentId, definition, snapshot, ...base(actor, at) });
    },
    event(actor, event, at, sourceId) {
      write({ type: '@xstate.event', event: body(event), sourceId, ...base(actor, at) });
    },
    snapshot(actor, event, sandbox, at, status) {
      const snapshot = { ...snapshotOf(sandbox, redact), ...(status && { status }) };
      write({ type: '@xstate.snapshot', event: body(event), snapshot, ...base(actor, at) });
    },
    own({ sessionId }, sandboxId, message) {
      count += 1;
      write({ ...message, sessionId, sandboxId, id: String(count) } as OwnMessage);
    },
  };
}
