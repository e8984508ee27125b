import type { CommandName } from '../../model/events.ts';
import type { Rollback } from '../replica/pending-command.ts';
import { capitalized, type Notice } from './notice.ts';

/** A command as the subject of a sentence. */
const subjects: Readonly<Record<CommandName, string>> = {
  suspend: 'Suspend',
  resume: 'Resume',
  snapshot: 'Snapshot',
  rename: 'Rename',
  keepalive: 'Keepalive',
  setTimeouts: 'Change of limits',
  configure: 'Configuration',
  terminate: 'Terminate',
};

const results: Readonly<Record<Rollback['outcome'], string>> = {
  refused: 'was refused',
  dropped: 'was not sent',
  unknown: 'has an unknown outcome',
};

/**
 * Returns the notice of a command that was rolled back. Its id is the rollback's: dismiss both together.
 *
 * @example
 * useRollback(client, (rollback) => toast(rollbackNotice(rollback).title));
 */
export function rollbackNotice(rollback: Rollback): Notice {
  const { id, outcome, command, reason } = rollback;
  return {
    id,
    kind: outcome,
    title: `${subjects[command.type]} ${results[outcome]}`,
    message: capitalized(reason.message),
    effect: effectOf(rollback),
  };
}

/** The effect of a rollback on the page: `from` is the status with the command, and `to` the one without it. */
function effectOf({ outcome, command, from, to }: Rollback): string {
  if (outcome === 'unknown') return 'The page shows the current state on the server.';
  if (command.type === 'rename') return 'The sandbox keeps its name.';
  if (from !== null && to !== null && from !== to) return `Rolled back from ${from} to ${to}.`;
  return to === null ? '' : `The sandbox is ${to}.`;
}
