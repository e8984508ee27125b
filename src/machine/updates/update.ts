import type { SandboxEvent } from '../events.ts';
import type { Policy } from '../policy.ts';
import type { SandboxData } from '../sandbox.ts';

/** The fields that a step changes. `version`, `updatedAt` and `status` are not among them: every step counts those. */
export type Changes = Partial<Omit<SandboxData, 'id' | 'version' | 'createdAt' | 'updatedAt' | 'timeoutMs'>>;

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

/** All that one applied event changes: its update, one version more, and the time. */
export function step(
  update: Update<never>,
  sandbox: SandboxData,
  event: SandboxEvent,
  policy: Policy,
): Partial<SandboxData> {
  return Object.assign(update(sandbox, event as never, policy), {
    version: sandbox.version + 1,
    updatedAt: laterOf(sandbox, event.at),
  });
}
