import { useId } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import { type SandboxAction, useSandbox } from '../../../src/react/index.ts';

/** A button that opens a dialog for a command. It is disabled, with the reason, while the command is not possible. */
export function useOpener(client: SandboxClient, name: CommandName, open: () => void): SandboxAction {
  const { reason, isBusy } = useSandbox(client, ({ commands }) => commands[name]);
  const reasonId = useId();
  return {
    reason,
    reasonId,
    props: {
      onClick: () => reason === null && open(),
      'aria-disabled': reason !== null,
      'aria-busy': isBusy,
      'aria-describedby': reason ? reasonId : undefined,
    },
  };
}
