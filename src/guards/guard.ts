import type { SandboxEvent } from '../model/events.ts';
import type { SandboxData } from '../model/sandbox.ts';

/** Why an event that is no fault of anybody's changed nothing. Source: contract, section 3. */
export type UnchangedReason = 'satisfied' | 'joined' | 'stale' | 'not_due';

/** Why a command may not happen here. Source: contract, section 3. */
export type RefusalCode = 'terminal' | 'ephemeral' | 'busy' | 'not_running' | 'invalid';

/** What a guard means when it refuses: the code, the cause as a clause, and what would help. */
export interface RefusalRule {
  readonly code: RefusalCode;
  readonly because: string | ((sandbox: SandboxData) => string);
  readonly help: string;
}

/** Why an event is not applied: nothing to do, or a refusal. */
export type Reason = UnchangedReason | RefusalRule;

/**
 * One question about a record and an event. Answers nothing when the transition may be taken, else the reason why
 * not, so that a guard and the sentence a person reads can never disagree.
 */
export type Guard<Event extends SandboxEvent = SandboxEvent> = (
  sandbox: SandboxData,
  event: Event,
) => Reason | undefined;
