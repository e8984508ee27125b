import { useId } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import { type SandboxAction, useSandbox } from '../../../src/react/index.ts';

/** A button that opens a dialog about a command, as long as the command may be asked for. */
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
