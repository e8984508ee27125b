import type { Reason } from '../guards/guard.ts';
import { isFree } from '../guards/is-free.ts';
import { isLiving } from '../guards/is-living.ts';
import { isNamed } from '../guards/is-named.ts';
import { notRunning } from '../guards/not-running.ts';
import { type CommandName, commands, type SandboxEvent } from '../model/events.ts';
import type { SandboxData } from '../model/sandbox.ts';
import type { StateRow } from './table.ts';

/**
 * Why a state that has no way for an event leaves it be: what it holds already or is on the way to; a word from
 * another time; else the first refusal that applies. Source: contract, section 4, "Everything else".
 */
export function reasonOf(row: StateRow, sandbox: SandboxData, event: SandboxEvent): Reason {
  if (event.type === 'timeout') return 'not_due';
  if (!isCommand(event.type)) return 'stale';
  if (row.satisfied?.includes(event.type)) return 'satisfied';
  if (row.joined?.includes(event.type)) return 'joined';
  return (
    isLiving(sandbox, event) ??
    (event.type === 'suspend' ? isNamed(sandbox, event) : undefined) ??
    isFree(sandbox, event) ??
    notRunning
  );
}

function isCommand(type: SandboxEvent['type']): type is CommandName {
  return (commands as readonly string[]).includes(type);
}
