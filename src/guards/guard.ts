import type { SandboxEvent } from '../model/events.ts';
import type { SandboxData } from '../model/sandbox.ts';

/** The reason why an event changed nothing. Source: contract, section 3. */
export type UnchangedReason = 'satisfied' | 'joined' | 'stale' | 'not_due';

/** The code of a refusal. Source: contract, section 3. */
export type RefusalCode = 'terminal' | 'ephemeral' | 'busy' | 'not_running' | 'invalid';

/** A rule by which a command is refused: the code, the cause as a clause, and what would help. */
export interface RefusalRule {
  readonly code: RefusalCode;
  readonly because: string | ((sandbox: SandboxData) => string);
  readonly help: string;
}

/** The reason why an event is not applied: nothing to do, or a refusal. */
export type Reason = UnchangedReason | RefusalRule;

/**
 * A check of a record and an event. Returns undefined when the transition may be taken, and otherwise the reason why not,
 * so that the guard and the sentence that the user reads cannot disagree.
 */
export type Guard<Event extends SandboxEvent = SandboxEvent> = (
  sandbox: SandboxData,
  event: Event,
) => Reason | undefined;
