import { useId } from 'react';
import type { CommandInput, SandboxClient } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { satisfiedText } from './command-texts.ts';

/** The button of a command. */
export interface Action {
  readonly props: {
    readonly onClick: () => void;
    readonly 'aria-disabled': boolean;
    readonly 'aria-busy': boolean;
    readonly 'aria-describedby': string;
    /** Draws the button as a quiet one. Absent while the command is in progress. */
    readonly 'data-disabled': boolean;
  };
  /** Why a click does nothing: the token only reads, the reason why the command is not allowed, or what it would not change. */
  readonly reason: string | null;
  /** The id for the text beside the button. */
  readonly textId: string;
}

/**
 * The button of a command that sends the command, or that opens a dialog for a command with arguments. A click does nothing
 * when the command is not allowed, would change nothing, or is in progress. The button keeps the focus in each case.
 */
export function useAction(client: SandboxClient, command: CommandInput): Action;
export function useAction(client: SandboxClient, name: CommandName, open: () => void): Action;
export function useAction(
  client: SandboxClient,
  command: CommandInput | CommandName,
  open: () => void = () => client.send(command as CommandInput),
): Action {
  const name = typeof command === 'string' ? command : command.type;
  const { reason: refusal, isSatisfied, isBusy } = useSandbox(client, ({ commands }) => commands[name]);
  const displayStatus = useSandbox(client, (view) => view.displayStatus);
  const textId = useId();
  const { readOnly } = useWorkspace();
  const reason = readOnly ?? refusal?.message ?? (isSatisfied ? satisfiedText(name, displayStatus) : null);
  return {
    reason,
    textId,
    props: {
      onClick: () => reason === null && !isBusy && open(),
      'aria-disabled': reason !== null,
      'aria-busy': isBusy,
      'aria-describedby': textId,
      'data-disabled': readOnly !== null || refusal !== null || (isSatisfied && !isBusy),
    },
  };
}
