import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Clock } from '../../utils/clock.ts';
import { RuleError } from '../errors.ts';
import type { CommandRequest, CommandResult, Host, WriteOptions } from '../host.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import type { Committer } from './committer.ts';
import type { Idempotency } from './idempotency.ts';
import type { Lookup } from './lookup.ts';
import { newSandbox } from './new-sandbox.ts';

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

    update(namespace, idOrName, { name, configuration = {} }, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const request = ['update', idOrName, name, configuration];
      return idempotency.runOnce<SandboxEntry>({ namespace, key, request }, async (keep) => {
        const { sandbox } = await lookup.sandbox(namespace, idOrName);
        if (name === undefined)
          return committer.configure(sandbox.id, configuration, { check: refuseTerminated, ifVersion, keep });
        // Sent even when the sandbox already has this name: a concurrent request may rename it before the commit.
        const event = { type: 'rename', name, at: clock.now() } as const;
        const { entry, result } = await committer.apply(sandbox.id, event, {
          ...originOf(write),
          ifVersion,
          configuration,
          keep: (renamed) => (renamed.result.refusal ? undefined : keep(renamed.entry)),
        });
        if (result.refusal) throw new RuleError(result.refusal.message);
        return entry;
      });
    },

    async send(namespace, idOrName, command, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const request = ['send', idOrName, command];
      const sent = await idempotency.runOnce<CommandResult>({ namespace, key, request }, async (keep) => {
        const { sandbox } = await lookup.sandbox(namespace, idOrName);
        const snapshotType = command.type === 'snapshot' ? command.snapshotType : undefined;
        const context = { ...originOf(write), ifVersion, keep, snapshotType };
        return committer.apply(sandbox.id, eventOf(command, clock.now(), createId), context);
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

/** The event of a command. A snapshot gets its id here. */
function eventOf(command: CommandRequest, at: number, createId: () => string): SandboxEvent {
  switch (command.type) {
    case 'snapshot':
      return { type: 'snapshot', snapshotId: createId(), at };
    case 'rename':
      return { type: 'rename', name: command.name, at };
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
