import { refusalRuleOf } from '../guards/command.ts';
import type { Reason } from '../guards/guard.ts';
import { type CommandName, commands, type SandboxEvent } from '../model/events.ts';
import type { SandboxData } from '../model/sandbox.ts';
import type { StateRow } from './table.ts';

/**
 * The reason why a state without a transition for this event leaves the record as it is.
 * Source: contract, section 4, "Everything else".
 */
export function reasonOf(row: StateRow, sandbox: SandboxData, event: SandboxEvent): Reason {
  if (event.type === 'timeout') return 'not_due';
  if (!isCommand(event.type)) return 'stale';
  if (row.satisfied?.includes(event.type)) return 'satisfied';
  if (row.joined?.includes(event.type)) return 'joined';
  return refusalRuleOf(sandbox, event);
}

function isCommand(type: SandboxEvent['type']): type is CommandName {
  return (commands as readonly string[]).includes(type);
}
