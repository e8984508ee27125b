import type { DisplayedSandbox } from '../../../src/client/index.ts';
import { type CommandName, type Sandbox, transition } from '../../../src/index.ts';

/** Why a command would change nothing: its goal holds, or its operation is in progress. */
export function satisfiedText(name: CommandName, displayStatus: string | null): string {
  if (name === 'keepalive') return 'Has no effect: the sandbox has no idle limit.';
  if (name === 'suspend' || name === 'resume') return `Has no effect: the sandbox is ${displayStatus}.`;
  return name === 'terminate' ? 'The sandbox is already terminated.' : 'Has no effect in the current state.';
}

/** The parts of a record in which the states differ, as far as the rules of commands read them. */
const states = [
  ['pending', 'boot'],
  ['running', null],
  ['snapshotting', 'snapshot'],
  ['suspending', 'suspend'],
  ['suspended', null],
  ['suspended', 'resume'],
  ['terminated', null],
] as const;

/** All texts that may stand beside the button of a command, in any state of this sandbox: its hint, and each reason. */
export function possibleTexts(name: CommandName, hint: string, sandbox: DisplayedSandbox): string[] {
  const refusals = states.map(([status, kind]) => {
    const operation = kind && { id: 1, kind, deadline: 0 };
    const outcome = status === 'terminated' ? { result: 'success', reason: 'user_terminated' } : null;
    const record = { ...sandbox, status, operation, outcome } as Sandbox;
    return transition(record, { type: name, at: 0, ...sampleArguments } as never).refusal?.message ?? '';
  });
  return [...new Set([hint, satisfiedText(name, 'snapshotting'), ...refusals])];
}

/** Valid arguments of every command that has some. */
const sampleArguments = { name: 'another name', snapshotId: 'snapshot', timeoutMs: 1 };
