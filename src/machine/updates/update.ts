import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Changes, SandboxData } from '../../model/sandbox.ts';

/** The change of one transition: a pure function from the record before to the fields that change. */
export type Update<Event extends SandboxEvent = SandboxEvent> = (
  sandbox: SandboxData,
  event: Event,
  policy: Policy,
) => Changes;

/** Returns the time of a record after an event. It never goes back, even if the clock does. */
export function laterOf(sandbox: Pick<SandboxData, 'updatedAt'>, at: number): number {
  return Math.max(sandbox.updatedAt, at);
}
