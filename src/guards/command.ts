import type { CommandName, EventType, PayloadOf } from '../model/events.ts';
import type { OperationKind, Sandbox, SandboxData, Status } from '../model/sandbox.ts';
import { hasTimeouts, withTimeouts } from '../model/timeouts.ts';
import { type Guard, type RefusalCode, type RefusalRule, rule } from './guard.ts';

/** Why a command may not happen. `message` is one sentence for the user; `status` is the status of the sandbox. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly status: Status;
}

const terminal: RefusalRule = rule('terminal', 'terminated is final', 'create a new one instead');

const ephemeral: RefusalRule = rule(
  'ephemeral',
  'it has no name, and only named sandboxes can be suspended',
  'give it a name first',
);

const ruleUnlessLiving = ({ outcome }: SandboxData) => (outcome === null ? undefined : terminal);
const ruleUnlessNamed = ({ name }: SandboxData) => (name !== null ? undefined : ephemeral);
/** There is at most one operation at a time. */
const ruleUnlessFree = ({ operation }: SandboxData) =>
  operation === null ? undefined : busy[operation.kind];

/** The sandbox has a name. Only named sandboxes can be suspended. */
export const isNamed: Guard = ruleUnlessNamed;

const busyWith = (kind: OperationKind): RefusalRule =>
  rule('busy', `its ${kind} is in progress`, 'try again when it has finished');

const busy: Readonly<Record<OperationKind, RefusalRule>> = {
  boot: busyWith('boot'),
  snapshot: busyWith('snapshot'),
  suspend: busyWith('suspend'),
  resume: busyWith('resume'),
};

/** The refusal when no other rule applies: nothing is running that the command could act on. */
const notRunning: RefusalRule = rule('not_running', 'it is not running', 'resume it first');

/** The snapshot id is not empty. */
export const hasSnapshotId: Guard<PayloadOf<'snapshot'>> = (_sandbox, event) =>
  event.snapshotId !== ''
    ? undefined
    : rule(
        'invalid',
        'the snapshot id is empty',
        'pass an id of at least one character that no other snapshot has',
      );

/** The name is not empty, and not the present one. */
export const isNewName: Guard<PayloadOf<'rename'>> = (sandbox, event) => {
  if (event.name === '') return emptyName;
  return event.name === sandbox.name ? 'satisfied' : undefined;
};

const emptyName: RefusalRule = rule(
  'invalid',
  'the new name is empty, and a name can be changed but not removed',
  'pass a name of at least one character',
);

/** There is an idle limit, and counting it from now moves it later. */
export const movesIdleLimitLater: Guard = ({ idleTimeoutMs, idleAt }, _event, at) =>
  idleTimeoutMs !== null && idleAt !== null && at + idleTimeoutMs > idleAt ? undefined : 'satisfied';

/** The limits are valid, and setting them changes the record. */
export const setsOtherTimeouts: Guard<PayloadOf<'setTimeouts'>> = (sandbox, event, at) => {
  const { timeoutMs, idleTimeoutMs, suspendedTimeoutMs } = event;
  if (timeoutMs === undefined && idleTimeoutMs === undefined && suspendedTimeoutMs === undefined)
    return noLimit;
  if ((timeoutMs ?? 1) < 1 || (idleTimeoutMs ?? 1) < 1 || (suspendedTimeoutMs ?? 1) < 1) return limitBelowOne;
  return hasTimeouts(sandbox, withTimeouts(sandbox, event, at)) ? 'satisfied' : undefined;
};

const noLimit: RefusalRule = rule(
  'invalid',
  'no limit is given',
  'pass at least one of timeoutMs, idleTimeoutMs and suspendedTimeoutMs',
);

const limitBelowOne: RefusalRule = rule(
  'invalid',
  'a limit is below 1 ms',
  'pass a whole number of ms from 1, or null for no limit',
);

/**
 * The reason why a state without a transition for this command refuses it: the first rule that applies.
 * Source: contract, section 4, "Everything else".
 */
export function refusalRuleOf(sandbox: SandboxData, command: CommandName): RefusalRule {
  return (
    ruleUnlessLiving(sandbox) ??
    (command === 'suspend' ? ruleUnlessNamed(sandbox) : undefined) ??
    ruleUnlessFree(sandbox) ??
    notRunning
  );
}

/** The refusal of a command on this sandbox by a rule, with the sentence that the user reads. */
export function refuse({ code, clause }: RefusalRule, { status }: Sandbox, command: EventType): Refusal {
  const message = `Cannot ${verbOf(command)} a ${status} sandbox: ${clause}.`;
  return { code, message, status };
}

/** Returns the command as it reads before "a running sandbox". */
function verbOf(command: EventType): string {
  if (command === 'keepalive') return 'keep alive';
  return command === 'setTimeouts' ? 'set the timeouts of' : command;
}
