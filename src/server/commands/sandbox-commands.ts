import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Clock } from '../../utils/clock.ts';
import { equalJson } from '../../utils/equal-json.ts';
import { RuleError } from '../errors.ts';
import type { CommandRequest, CommandResult, Host, UpdateRequest, WriteOptions } from '../host.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import type { Committer } from './committer.ts';
import type { Idempotency } from './idempotency.ts';
import type { Lookup } from './lookup.ts';
import { newSandbox } from './new-sandbox.ts';
import { changedLimits } from './requested-limits.ts';

/** The parts of a host that commands use. */
interface CommandParts {
  readonly policy: Policy;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly committer: Committer;
  readonly idempotency: Idempotency;
  readonly lookup: Lookup;
  readonly observe: (observation: Observation) => void;
}

/** Creates the commands of a host that change sandboxes. */
export function createSandboxCommands(parts: CommandParts): Pick<Host, 'create' | 'update' | 'send'> {
  const { policy, clock, createId, committer, idempotency, lookup, observe } = parts;

  return {
    create(request, write = {}) {
      const { namespace } = request;
      return idempotency.runOnce(
        { namespace, key: write.idempotencyKey, request: ['create', request] },
        async (keep) => {
          const entry = await newSandbox(request, { id: createId(), at: clock.now(), policy, lookup });
          return committer.create(entry, { ...originOf(write), keep });
        },
      );
    },

    update(namespace, idOrName, update, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const { configuration = {} } = update;
      return idempotency.runOnce<SandboxEntry>(
        { namespace, key, request: ['update', idOrName, update] },
        async (keep) => {
          const { sandbox } = await lookup.sandbox(namespace, idOrName);
          const list = (before: SandboxEntry) => eventsOf(update, before, clock.now(), policy);
          const context = { ...originOf(write), ifVersion, keep, configuration };
          return committer.applyAll(sandbox.id, list, context);
        },
      );
    },

    async send(namespace, idOrName, command, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const request = ['send', idOrName, command];
      const sent = await idempotency.runOnce<CommandResult>({ namespace, key, request }, async (keep) => {
        const { sandbox } = await lookup.sandbox(namespace, idOrName);
        const snapshotType = command.type === 'snapshot' ? command.snapshotType : undefined;
        const changes = command.type === 'configure' ? { configuration: command.configuration ?? {} } : {};
        const context = { ...originOf(write), ifVersion, keep, snapshotType, ...changes };
        return committer.apply(sandbox.id, eventOf(command, clock.now(), createId, policy), context);
      });
      const { entry, result } = sent;
      if (result.refusal) {
        const { code } = result.refusal;
        observe({ type: 'refused', namespace, sandboxId: entry.sandbox.id, command: command.type, code });
      }
      return sent;
    },
  };
}

/** The events of an update, in order. Throws `RuleError` for a terminated sandbox and for limits that are not allowed. */
function eventsOf(
  update: UpdateRequest,
  before: SandboxEntry,
  at: number,
  policy: Policy,
): readonly SandboxEvent[] {
  refuseTerminated(before);
  const { name, configuration = {} } = update;
  const limits = changedLimits(update, policy);
  const next = { ...before.configuration, ...configuration };
  const events: SandboxEvent[] = [];
  if (name !== undefined) events.push({ type: 'rename', name, at });
  if (Object.keys(limits).length > 0) events.push({ type: 'setTimeouts', ...limits, at });
  if (!equalJson(next, before.configuration)) events.push({ type: 'configure', at });
  return events;
}

/** The event of a command. A snapshot gets its id here. */
function eventOf(command: CommandRequest, at: number, createId: () => string, policy: Policy): SandboxEvent {
  switch (command.type) {
    case 'snapshot':
      return { type: 'snapshot', snapshotId: createId(), at };
    case 'rename':
      return { type: 'rename', name: command.name, at };
    case 'setTimeouts':
      return { type: 'setTimeouts', ...changedLimits(command, policy), at };
    default:
      return { type: command.type, at };
  }
}

function originOf({ actor = 'user', cause = 'request' }: WriteOptions): { actor: string; cause: string } {
  return { actor, cause };
}

function refuseTerminated({ sandbox }: SandboxEntry): void {
  if (sandbox.status !== 'terminated') return;
  throw new RuleError('Cannot update a terminated sandbox: terminated is final; create a new one instead.');
}
