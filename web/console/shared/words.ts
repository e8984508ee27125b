import type { DisplayedSandbox, TimelineEntry } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import type { SandboxInfo } from '../../../src/schema/http/responses.ts';

/** The labels of a command: on its button, on its button while it is in progress, and in logs and notices. */
export const commandWords: Readonly<Record<CommandName, { label: string; busy: string; noun: string }>> = {
  suspend: { label: 'Suspend', busy: 'Suspending…', noun: 'Suspend' },
  resume: { label: 'Resume', busy: 'Resuming…', noun: 'Resume' },
  snapshot: { label: 'Take snapshot', busy: 'Taking snapshot…', noun: 'Snapshot' },
  rename: { label: 'Rename', busy: 'Renaming…', noun: 'Rename' },
  keepalive: { label: 'Keep alive', busy: 'Keeping alive…', noun: 'Keepalive' },
  setTimeouts: { label: 'Change limits', busy: 'Changing limits…', noun: 'Change of limits' },
  configure: { label: 'Configure', busy: 'Configuring…', noun: 'Configuration' },
  terminate: { label: 'Terminate', busy: 'Terminating…', noun: 'Terminate' },
};

/** The text with its first letter in upper case. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The title of a sandbox: its name, or its id without one. */
export const titleOf = ({ name, id }: Pick<DisplayedSandbox, 'name' | 'id'>): string => name ?? id;

/** The actor of an entry. */
export function actorWord({ isMine, actor }: Pick<TimelineEntry, 'isMine' | 'actor'>): string | null {
  if (isMine) return 'you';
  if (actor === 'platform' || actor === 'clock') return `the ${actor}`;
  return actor === 'user' ? 'a user' : actor;
}

/** The generation of a configuration, and whether the platform has it. */
export function generationWord({
  generation,
  applied_generation: applied,
  status,
}: Pick<SandboxInfo, 'generation' | 'applied_generation' | 'status'>): string {
  const word =
    generation === 1 ? 'As created' : `Changed ${generation - 1} times`.replace(/ 1 times$/, ' once');
  if (applied === generation || status === 'terminated' || generation === 1) return word;
  if (applied === null && status !== 'running' && status !== 'snapshotting')
    return `${word}; takes effect when the sandbox runs`;
  return `${word}; not yet on the platform`;
}

/** The network access of a sandbox in a few words. */
export function networkWord(network: NonNullable<SandboxInfo['network']>): string {
  const { allow_internet_access: isOpen, allow_out: allowed, deny_out: denied } = network;
  const parts = [isOpen ? 'Internet' : 'No internet'];
  if (allowed.length > 0) parts.push(`allows ${allowed.join(', ')}`);
  if (denied.length > 0) parts.push(`denies ${denied.join(', ')}`);
  return parts.join('; ');
}

/** Why the last operation failed; null when it did not, and for a sandbox that has ended, whose outcome says more. */
export function failureWord(
  sandbox: Pick<DisplayedSandbox, 'lastOperation' | 'operation' | 'status'>,
): string | null {
  const { lastOperation, operation, status } = sandbox;
  if (operation !== null || status === 'terminated' || lastOperation === null) return null;
  return lastOperation.result === 'completed' ? null : `${lastOperationWord(sandbox)}.`.replace(/\.+$/, '.');
}

/** The last operation of a sandbox with its result, and the reason of a failure. */
export function lastOperationWord({ lastOperation }: Pick<DisplayedSandbox, 'lastOperation'>): string {
  if (lastOperation === null) return 'None yet';
  const { kind, result, reason } = lastOperation;
  return `${capital(kind)} ${result.replace('_', ' ')}${reason ? `: ${reason}` : ''}`;
}
