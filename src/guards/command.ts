import type { EventOf, EventType, SandboxEvent } from '../model/events.ts';
import type { Sandbox, SandboxData, Status } from '../model/sandbox.ts';
import type { Guard, Reason, RefusalCode, RefusalRule } from './guard.ts';

/** Why a command may not happen. `message` is one sentence for the user; `status` is the status of the sandbox. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly status: Status;
}

/** The sandbox has not ended. */
const isLiving: Guard = (sandbox) =>
  sandbox.outcome === null
    ? undefined
    : { code: 'terminal', because: 'terminated is final', help: 'create a new one instead' };

/** The sandbox has a name. Only named sandboxes can be suspended. */
export const isNamed: Guard = (sandbox) =>
  sandbox.name !== null
    ? undefined
    : {
        code: 'ephemeral',
        because: 'it has no name, and only named sandboxes can be suspended',
        help: 'give it a name first',
      };

/** No operation is in flight. There is at most one at a time. */
const isFree: Guard = (sandbox) => (sandbox.operation === null ? undefined : busy);

const busy: RefusalRule = {
  code: 'busy',
  because: (sandbox) => `its ${sandbox.operation?.kind} is in progress`,
  help: 'try again when it has finished',
};

/** The refusal when no other rule applies: nothing is running that the command could act on. */
const notRunning: RefusalRule = {
  code: 'not_running',
  because: 'it is not running',
  help: 'resume it first',
};

/** The snapshot id is not empty. */
export const hasSnapshotId: Guard<EventOf<'snapshot'>> = (_sandbox, event) =>
  event.snapshotId !== ''
    ? undefined
    : {
        code: 'invalid',
        because: 'the snapshot id is empty',
        help: 'pass an id of at least one character that no other snapshot has',
      };

/** The name is not empty, and not the present one. */
export const isNewName: Guard<EventOf<'rename'>> = (sandbox, event) => {
  if (event.name === '') return emptyName;
  return event.name === sandbox.name ? 'satisfied' : undefined;
};

const emptyName: RefusalRule = {
  code: 'invalid',
  because: 'the new name is empty, and a name can be changed but not removed',
  help: 'pass a name of at least one character',
};

/** There is a limit, and counting it from now moves it later. */
export const movesLimitLater: Guard = ({ timeoutMs, expiresAt }, event) =>
  timeoutMs !== null && expiresAt !== null && event.at + timeoutMs > expiresAt ? undefined : 'satisfied';

/**
 * The reason why a state without a transition for this command refuses it: the first rule that applies.
 * Source: contract, section 4, "Everything else".
 */
export function refusalRuleOf(sandbox: SandboxData, event: SandboxEvent): Reason {
  return (
    isLiving(sandbox, event) ??
    (event.type === 'suspend' ? isNamed(sandbox, event) : undefined) ??
    isFree(sandbox, event) ??
    notRunning
  );
}

/** The refusal of a command on this sandbox by a rule, with the sentence that the user reads. */
export function refuse({ code, because, help }: RefusalRule, sandbox: Sandbox, command: EventType): Refusal {
  const { status } = sandbox;
  const verb = command === 'keepalive' ? 'keep alive' : command;
  const cause = typeof because === 'string' ? because : because(sandbox);
  return { code, message: `Cannot ${verb} a ${status} sandbox: ${cause}; ${help}.`, status };
}
