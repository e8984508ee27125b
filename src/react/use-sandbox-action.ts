import { useCallback, useId } from 'react';
import type { CommandInput, Reason, SandboxClient } from '../client/index.ts';
import { useSandbox } from './use-sandbox.ts';

/** The props of a button for one command. */
export interface SandboxAction {
  /** Props for the button. It stays focusable while it is disabled, so that every user can read the reason. */
  readonly props: {
    readonly onClick: () => void;
    readonly 'aria-disabled': boolean;
    readonly 'aria-busy': boolean;
    readonly 'aria-describedby': string | undefined;
  };
  /** Whether the goal of the command holds already, such as a resume of a running sandbox. The button is disabled then. */
  readonly isSatisfied: boolean;
  /** The reason why the command is not allowed now, or null if it is. Show it in an element with the id `reasonId`. */
  readonly reason: Reason | null;
  readonly reasonId: string;
}

/**
 * Returns the props of a button for one command. `onClick` sends the command if it is allowed and would change
 * something.
 *
 * @example
 * const { props, reason, reasonId } = useSandboxAction(client, 'suspend');
 * return <><button {...props}>Suspend</button>{reason && <p id={reasonId}>{reason.message}</p>}</>;
 */
export function useSandboxAction(client: SandboxClient, command: CommandInput): SandboxAction {
  const type = typeof command === 'string' ? command : command.type;
  const { isBusy, isSatisfied, reason: reasonOfName } = useSandbox(client, (view) => view.commands[type]);
  // The view's reason does not depend on arguments; the query's does.
  const reason = typeof command === 'string' ? reasonOfName : (client.why(command) ?? null);
  const reasonId = useId();
  const onClick = useCallback(() => {
    if (client.can(command) && !client.getSnapshot().commands[type].isSatisfied) client.send(command);
  }, [client, command, type]);
  return {
    props: {
      onClick,
      'aria-disabled': isSatisfied || reason !== null,
      'aria-busy': isBusy,
      'aria-describedby': reason ? reasonId : undefined,
    },
    isSatisfied,
    reason,
    reasonId,
  };
}
