import { refusalRuleOf } from '../guards/command.ts';
import type { Reason } from '../guards/guard.ts';
import type { EventType } from '../model/events.ts';
import type { SandboxData } from '../model/sandbox.ts';
import type { StateMeta } from './table.ts';

/**
 * The reason why a state without a transition for this event leaves the record as it is.
 * Source: contract, section 4, "Everything else".
 */
export function reasonOf(row: StateMeta, sandbox: SandboxData, type: EventType): Reason {
  switch (type) {
    case 'timeout':
      return 'not_due';
    case 'suspend':
    case 'resume':
    case 'snapshot':
    case 'rename':
    case 'keepalive':
    case 'setTimeouts':
    case 'configure':
    case 'terminate':
      if (row.satisfied?.includes(type)) return 'satisfied';
      if (row.joined?.includes(type)) return 'joined';
      return refusalRuleOf(sandbox, type);
    default:
      return 'stale';
  }
}
