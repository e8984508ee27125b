import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Created, HistoryRow, SandboxEntry } from '../store/records.ts';

/** The row of history for an applied event. The store adds the sequence number. */
export function historyRow(
  before: SandboxEntry | null,
  { namespace, sandbox }: SandboxEntry,
  event: SandboxEvent | Created,
  { actor, cause }: Pick<HistoryRow, 'actor' | 'cause'>,
  policy: Policy,
): Omit<HistoryRow, 'sequence'> {
  const { id: sandboxId, version, status: to } = sandbox;
  const from = before?.sandbox.status ?? null;
  return { namespace, sandboxId, version, from, to, event, at: event.at, actor, cause, policy, sandbox };
}
