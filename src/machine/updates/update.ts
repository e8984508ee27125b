import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Changes, SandboxData } from '../../model/sandbox.ts';

/** What one transition does to a record: a pure function from the record before to the fields that change. */
export type Update<Event extends SandboxEvent = SandboxEvent> = (
  sandbox: SandboxData,
  event: Event,
  policy: Policy,
) => Changes;

/** The time of a record after an event: it never goes back, whatever the clock does. */
export function laterOf(sandbox: Pick<SandboxData, 'updatedAt'>, at: number): number {
  return Math.max(sandbox.updatedAt, at);
}
