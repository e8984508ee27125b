import { HeartPulse } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Reason, SandboxClient } from '../../../src/client/index.ts';
import { useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { ActionButton } from '../shared/action-button.tsx';

/** The keepalive button. Only the policy of the server says whether activity counts; the machine does not know it. */
export function KeepaliveAction({ client }: { client: SandboxClient }) {
  const action = useSandboxAction(client, 'keepalive');
  const refusal = useRefusal(client, action.reason === null);
  const reason = action.reason ?? refusal;
  const props = {
    ...action.props,
    onClick: () => reason === null && action.props.onClick(),
    'aria-disabled': reason !== null,
    'aria-describedby': reason ? action.reasonId : undefined,
  };
  return (
    <ActionButton
      name="keepalive"
      icon={HeartPulse}
      variant="default"
      hint="Counts as activity: restarts the time limit."
      action={{ ...action, props, reason }}
    />
  );
}

/** The reason why the server would refuse a command that the machine allows. Requested again when the status changes. */
function useRefusal(client: SandboxClient, isAllowed: boolean): Reason | null {
  const { server } = useWorkspace();
  const status = useSandbox(client, ({ confirmed }) => confirmed?.status);
  const id = useSandbox(client, ({ confirmed }) => confirmed?.id);
  const [refusal, setRefusal] = useState<Reason | null>(null);
  useEffect(() => {
    setRefusal(null);
    if (!isAllowed || id === undefined || status === undefined) return;
    let isCurrent = true;
    // Without a reply the button follows the machine alone, and the server may still refuse the command.
    server.refusal(id, 'keepalive').then(
      (reply) => isCurrent && setRefusal(reply),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [server, id, status, isAllowed]);
  return refusal;
}
