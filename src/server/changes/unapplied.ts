import type { RefusalCode, UnchangedReason } from '../../guards/guard.ts';
import type { Refused, Unchanged } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { SandboxEntry } from '../store/records.ts';

/** An event that was refused or changed nothing, and the reason. It is not stored: only current watchers receive it. */
export interface Unapplied {
  readonly outcome: 'unchanged' | 'refused';
  readonly namespace: string;
  readonly sandboxId: string;
  /** The version of the sandbox, which the event did not change. */
  readonly version: number;
  readonly at: number;
  readonly event: SandboxEvent;
  readonly actor: string;
  readonly cause: string;
  readonly code: UnchangedReason | RefusalCode;
  /** The reason as a sentence. */
  readonly reason: string;
}

/** Describes an event that left a sandbox unchanged. */
export function unappliedOf(
  { namespace, sandbox }: SandboxEntry,
  event: SandboxEvent,
  result: Unchanged | Refused,
  { actor, cause }: Pick<Unapplied, 'actor' | 'cause'>,
): Unapplied {
  const { id: sandboxId, version } = sandbox;
  const [code, reason] =
    result.outcome === 'refused'
      ? [result.refusal.code, result.refusal.message]
      : [result.reason, sentences[result.reason]];
  const { outcome } = result;
  return { outcome, namespace, sandboxId, version, at: event.at, event, actor, cause, code, reason };
}

const sentences: Readonly<Record<UnchangedReason, string>> = {
  satisfied: 'Nothing to change: the sandbox is already in that state.',
  joined: 'The operation is already in progress.',
  stale: 'It arrived too late: it belongs to an operation or incarnation that has ended.',
  not_due: 'It arrived too early: the timeout is not due yet.',
};
