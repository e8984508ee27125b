import { useCallback, useId } from 'react';
import type { CommandInput, Reason, SandboxClient } from '../client/index.ts';
import { useSandbox } from './use-sandbox.ts';

/** What a button for one command needs. */
export interface SandboxAction {
  /** For the button. It stays focusable while it is disabled, so that everybody can learn why. */
  readonly props: {
    readonly onClick: () => void;
    readonly 'aria-disabled': boolean;
    readonly 'aria-busy': boolean;
    readonly 'aria-describedby': string | undefined;
  };
  /** Why the command may not be asked for now, or null when it may. To be shown in an element with the id `reasonId`. */
  readonly reason: Reason | null;
  readonly reasonId: string;
}

/**
 * A button for one command: `onClick` asks for it, when it may be asked for.
 *
 * @example
 * const { props, reason, reasonId } = useSandboxAction(client, 'suspend');
 * return <><button {...props}>Suspend</button>{reason && <p id={reasonId}>{reason.message}</p>}</>;
 */
export function useSandboxAction(client: SandboxClient, command: CommandInput): SandboxAction {
  const type = typeof command === 'string' ? command : command.type;
  const { isBusy, reason: ofName } = useSandbox(client, (snapshot) => snapshot.commands[type]);
  // What is wrong with an argument is known to the question with the argument alone.
  const reason = typeof command === 'string' ? ofName : (client.why(command) ?? null);
  const reasonId = useId();
  const onClick = useCallback(() => {
    if (client.can(command)) client.send(command);
  }, [client, command]);
  return {
    props: {
      onClick,
      'aria-disabled': reason !== null,
      'aria-busy': isBusy,
      'aria-describedby': reason ? reasonId : undefined,
    },
    reason,
    reasonId,
  };
}
