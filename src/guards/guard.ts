import type { Payload } from '../model/events.ts';
import type { SandboxData } from '../model/sandbox.ts';

/** The reason why an event changed nothing. Source: contract, section 3. */
export type UnchangedReason = 'satisfied' | 'joined' | 'stale' | 'not_due';

/** The code of a refusal. Source: contract, section 3. */
export type RefusalCode = 'terminal' | 'ephemeral' | 'busy' | 'not_running' | 'invalid';

/** A rule by which a command is refused. */
export interface RefusalRule {
  readonly code: RefusalCode;
  /** The end of the sentence for the user: the cause, and what would help. */
  readonly clause: string;
  /** Distinguishes a rule from a transition of the table. */
  readonly update?: never;
}

/** Creates a rule from its cause, as a clause, and from what would help. */
export function rule(code: RefusalCode, because: string, help: string): RefusalRule {
  return { code, clause: `${because}; ${help}` };
}

/** The reason why an event is not applied: nothing to do, or a refusal. */
export type Reason = UnchangedReason | RefusalRule;

/**
 * A check of a record and an event at an instant (epoch ms). Returns undefined when the transition may be taken, and otherwise the reason why not,
 * so that the guard and the sentence that the user reads cannot disagree.
 */
export type Guard<Event extends Payload = Payload> = (
  sandbox: SandboxData,
  event: Event,
  at: number,
) => Reason | undefined;
