import { why } from '../../machine/can.ts';
import { type CommandName, commands } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Why } from '../protocol/messages.ts';
import { hidden } from '../protocol/redaction.ts';
import { confirmedActor } from './actors.ts';
import type { MessageWriter } from './message-writer.ts';

/** One applied event and the record that it led to. */
export interface Step {
  readonly sandbox: Sandbox;
  /** The event, or `{ type: 'created', … }`. */
  readonly event: object;
  /** When it happened, in epoch ms. */
  readonly at: number;
}

/** Tells what is true of sandboxes, step by step, from whatever source: each version once, and in order. */
export interface ConfirmedState {
  step(step: Step): void;
  /** A command was refused. The sentence is the machine's own; what anybody else wrote is a free text. */
  refused(sandboxId: string, command: string, reason: Why, at: number, prediction?: string): void;
  /** A reason as it may be told. */
  tellable(sandboxId: string, command: string, reason: Why): Why;
}

/** Makes one that tells through this teller. */
export function createConfirmedState(teller: MessageWriter): ConfirmedState {
  const known = new Map<string, Sandbox>();
  return {
    step({ sandbox, event, at }) {
      const before = known.get(sandbox.id);
      if (before !== undefined && !isNewer(sandbox, before)) return;
      known.set(sandbox.id, sandbox);
      const actor = confirmedActor(sandbox);
      if (before === undefined) {
        teller.actor(actor, sandbox, at);
        return;
      }
      teller.event(actor, event, at);
      teller.snapshot(actor, event, sandbox, at);
    },

    refused(sandboxId, command, reason, at, prediction) {
      const actor = confirmedActor({ id: sandboxId });
      const told = { reason: tellable(sandboxId, command, reason), at };
      const event = teller.redact.event({ type: command }).type;
      const message = { type: '@sandbox-lifecycle.refused', event, ...told } as const;
      teller.own(actor, sandboxId, { ...message, ...(prediction !== undefined && { prediction }) });
    },

    tellable,
  };

  function tellable(sandboxId: string, command: string, { code, message }: Why): Why {
    const sandbox = known.get(sandboxId);
    const isCommand = (commands as readonly string[]).includes(command);
    const own = sandbox && isCommand ? why(sandbox, command as CommandName) : undefined;
    if (own?.code === code) return { code, message: own.message };
    return {
      code: /^[a-z_]{1,40}$/.test(code) ? code : hidden,
      message: teller.redact.text('detail', message),
    };
  }
}

/** A server without versions gives every record the same one; then it is newer when it differs. */
function isNewer(sandbox: Sandbox, before: Sandbox): boolean {
  if (sandbox.version !== before.version) return sandbox.version > before.version;
  return JSON.stringify(sandbox) !== JSON.stringify(before);
}
