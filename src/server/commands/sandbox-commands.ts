import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Clock } from '../../utils/clock.ts';
import { equalJson } from '../../utils/equal-json.ts';
import type { Driver, EnforcedSetting } from '../driver/driver.ts';
import { OtherSandboxError, RuleError } from '../errors.ts';
import type { CommandRequest, Host, UpdateRequest, WriteOptions } from '../host.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Observation } from '../telemetry/observation.ts';
import { mustBeShort, mustBeStorable } from './bounds.ts';
import type { Committer } from './committer.ts';
import { mustBeChangeable } from './enforced-settings.ts';
import type { Idempotency } from './idempotency.ts';
import type { Lookup } from './lookup.ts';
import { mustBeUnambiguous } from './names.ts';
import { newSandbox } from './new-sandbox.ts';
import { changedLimits } from './requested-limits.ts';
import { type RetryTiming, retryOnConflict } from './retry-on-conflict.ts';
import { snapshotTypeFor } from './snapshot-type.ts';
import type { StoredForms } from './stored-result.ts';

/** The parts of a host that commands use. */
interface CommandParts {
  readonly policy: Policy;
  readonly driver: Pick<Driver, 'snapshotTypes'>;
  readonly clock: Clock;
  readonly random: RetryTiming['random'];
  readonly createId: () => string;
  readonly committer: Committer;
  readonly idempotency: Idempotency;
  readonly forms: StoredForms;
  readonly lookup: Lookup;
  /** The settings that the platform cannot change while a sandbox runs. */
  readonly fixedSettings: readonly EnforcedSetting[];
  readonly observe: (observation: Observation) => void;
  /** Throws for a namespace in which no sandbox can be created now. */
  readonly mustAcceptSandboxes: (namespace: string) => void;
}

/** Creates the commands of a host that change sandboxes. */
export function createSandboxCommands(parts: CommandParts): Pick<Host, 'create' | 'update' | 'send'> {
  const { clock, createId, committer, idempotency, forms, lookup, observe } = parts;

  return {
    create(request, write = {}) {
      const { namespace } = request;
      return idempotency.runOnce(
        { namespace, key: write.idempotencyKey, request: ['create', request] },
        forms.creation,
        (keep) =>
          retryOnConflict(async () => {
            mustBeStorable(write);
            mustBeShort('namespace', namespace);
            mustBeShort('name', request.name);
            mustBeUnambiguous(request.name);
            const { policy } = parts;
            const entry = await newSandbox(request, { id: createId(), at: clock.now(), policy, lookup });
            // Last before the commit: whatever is committed until a deletion begins, the deletion finds.
            parts.mustAcceptSandboxes(namespace);
            return committer.create(entry, { ...originOf(write), keep });
          }, parts),
      );
    },

    async update(namespace, idOrName, update, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const { configuration = {} } = update;
      mustBeStorable(write);
      mustBeShort('name', update.name);
      return idempotency.runOnce(
        { namespace, key, request: ['update', idOrName, update] },
        forms.update,
        async (keep) => {
          const { sandbox } = await find(namespace, idOrName, write);
          const list = (before: SandboxEntry) => eventsOf(update, before, clock.now(), parts);
          const context = { ...originOf(write), ifVersion, keep, configuration };
          return committer.applyAll(sandbox.id, list, context);
        },
      );
    },

    async send(namespace, idOrName, command, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const request = ['send', idOrName, command];
      mustBeStorable(write);
      if (command.type === 'rename') mustBeShort('name', command.name);
      const sent = await idempotency.runOnce({ namespace, key, request }, forms.command, async (keep) => {
        const before = await find(namespace, idOrName, write);
        const { sandbox } = before;
        const snapshotType =
          command.type === 'snapshot' ? snapshotTypeFor(command.snapshotType, parts.driver) : undefined;
        const configuration = command.type === 'configure' ? (command.configuration ?? {}) : undefined;
        if (configuration) mustBeChangeable(before, configuration, parts.fixedSettings);
        const context = {
          ...originOf(write),
          ifVersion,
          keep,
          snapshotType,
          ...(configuration && { configuration }),
        };
        return committer.apply(sandbox.id, eventOf(command, clock.now(), createId, parts.policy), context);
      });
      const { entry, result } = sent;
      if (result.refusal) {
        const { code } = result.refusal;
        observe({ type: 'refused', namespace, sandboxId: entry.sandbox.id, command: command.type, code });
      }
      return sent;
    },
  };

  /** Finds the sandbox that a change is made for. Throws `OtherSandboxError` when its name has moved to another one. */
  async function find(
    namespace: string,
    idOrName: string,
    { ifSandbox }: WriteOptions,
  ): Promise<SandboxEntry> {
    const entry = await lookup.sandbox(namespace, idOrName);
    const { id } = entry.sandbox;
    if (ifSandbox !== undefined && ifSandbox !== id) throw new OtherSandboxError(idOrName, ifSandbox, id);
    return entry;
  }
}

/** The events of an update, in order. Throws `RuleError` for a terminated sandbox and for changes that are not allowed. */
function eventsOf(
  update: UpdateRequest,
  before: SandboxEntry,
  at: number,
  { policy, fixedSettings }: Pick<CommandParts, 'policy' | 'fixedSettings'>,
): readonly SandboxEvent[] {
  refuseTerminated(before);
  const { name, configuration = {} } = update;
  mustBeUnambiguous(name);
  mustBeChangeable(before, configuration, fixedSettings);
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
      mustBeUnambiguous(command.name);
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
