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

/** Writes the confirmed states of sandboxes from any source: each version once, and in order. */
export interface ConfirmedState {
  step(step: Step): void;
  /** Writes that a command was refused. */
  refused(sandboxId: string, command: string, reason: Why, at: number, prediction?: string): void;
  /** Returns the reason with the machine's own sentence. Any other sentence is free text and is redacted. */
  redactReason(sandboxId: string, command: string, reason: Why): Why;
}

/** Creates a {@link ConfirmedState} on this message writer. */
export function createConfirmedState(writer: MessageWriter): ConfirmedState {
  const known = new Map<string, Sandbox>();
  return {
    step({ sandbox, event, at }) {
      const before = known.get(sandbox.id);
      if (before !== undefined && !isNewer(sandbox, before)) return;
      known.set(sandbox.id, sandbox);
      const actor = confirmedActor(sandbox);
      if (before === undefined) {
        writer.actor(actor, sandbox, at);
        return;
      }
      writer.event(actor, event, at);
      writer.snapshot(actor, event, sandbox, at);
    },

    refused(sandboxId, command, reason, at, prediction) {
      writer.own(confirmedActor({ id: sandboxId }), sandboxId, {
        type: '@sandbox-lifecycle.refused',
        event: writer.redact.event({ type: command }).type,
        reason: redactReason(sandboxId, command, reason),
        at,
        ...(prediction !== undefined && { prediction }),
      });
    },

    redactReason,
  };

  function redactReason(sandboxId: string, command: string, { code, message }: Why): Why {
    const sandbox = known.get(sandboxId);
    const isCommand = (commands as readonly string[]).includes(command);
    const own = sandbox && isCommand ? why(sandbox, command as CommandName) : undefined;
    if (own?.code === code) return { code, message: own.message };
    return {
      code: /^[a-z_]{1,40}$/.test(code) ? code : hidden,
      message: writer.redact.text('detail', message),
    };
  }
}

/**
 * Whether a record is newer. A server without versions sends the same version with every record; then a different
 * record is newer.
 */
function isNewer(sandbox: Sandbox, before: Sandbox): boolean {
  if (sandbox.version !== before.version) return sandbox.version > before.version;
  return JSON.stringify(sandbox) !== JSON.stringify(before);
}
