import type { RefusalCode, RefusalRule } from '../guards/guard.ts';
import type { EventType } from '../model/events.ts';
import type { Sandbox, Status } from '../model/sandbox.ts';

/** Why a command may not happen here. `message` is one sentence for a person; `status` is the sandbox's. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly status: Status;
}

/** The refusal that a rule means for this sandbox and command. */
export function refuse({ code, because, help }: RefusalRule, sandbox: Sandbox, command: EventType): Refusal {
  const { status } = sandbox;
  const verb = command === 'keepalive' ? 'keep alive' : command;
  const cause = typeof because === 'string' ? because : because(sandbox);
  return { code, message: `Cannot ${verb} a ${status} sandbox: ${cause}; ${help}.`, status };
}
