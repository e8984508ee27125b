import type { Policy } from '../../model/policy.ts';
import type { Clock } from '../../utils/clock.ts';
import { printable } from '../../utils/printable.ts';
import type { Found } from '../driver/driver.ts';
import { RuleError } from '../errors.ts';
import type { Host, OrphanRequest } from '../host.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import { NameTakenError } from '../store/errors.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { mustBeShort, mustBeStorable } from './bounds.ts';
import type { Committer, OriginatedEvent } from './committer.ts';
import type { Lookup } from './lookup.ts';
import { mustBeUnambiguous } from './names.ts';
import { newSandbox } from './new-sandbox.ts';

/** The parts of a host that decide about sandboxes without a record. */
interface OrphanCommandParts {
  readonly store: Pick<Store, 'getByName'>;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'create'>;
  readonly lookup: Lookup;
  readonly reconciler: Pick<Reconciler, 'orphans' | 'decideOrphans' | 'adoptOrphans'>;
  /** Throws for a namespace in which no sandbox can be created now. */
  readonly mustAcceptSandboxes: (namespace: string) => void;
}

type Adoption = Extract<OrphanRequest, { decision: 'adopt' }>;
type Origin = OriginatedEvent['origin'];

/** Creates the part of a host that lists sandboxes without a record, and decides about them. */
export function createOrphanCommands(parts: OrphanCommandParts): Pick<Host, 'orphans' | 'decideOrphans'> {
  const { reconciler } = parts;
  return {
    orphans: (query) => reconciler.orphans(query),
    async decideOrphans(request, write = {}) {
      const { actor = 'user', cause = 'request' } = write;
      const ids = [...new Set(request.sandboxIds)];
      mustBeStorable(write);
      if (ids.length === 0) throw new RuleError('Name at least one sandbox.');
      for (const id of ids) mustBeShort('id', id);
      if (request.decision !== 'adopt') return reconciler.decideOrphans(ids, request.decision, actor);
      mustBeAdoptable(request, ids, parts);
      const origin = { actor, cause };
      await reconciler.adoptOrphans(
        ids,
        async (found) => {
          const entry = await entryOf(found, request, parts);
          await mustBeFree(entry, parts);
          return entry;
        },
        async (entry, { state }) => {
          const next = eventsUntil(state, entry.sandbox.createdAt, origin);
          await parts.committer.create(entry, origin, next);
        },
      );
    },
  };
}

/** Throws `RuleError` and `NamespaceDeletingError` for a request that cannot be carried out for any platform. */
function mustBeAdoptable(
  { namespace, names = {} }: Adoption,
  ids: readonly string[],
  { mustAcceptSandboxes }: OrphanCommandParts,
): void {
  mustBeShort('namespace', namespace);
  mustAcceptSandboxes(namespace);
  for (const [id, name] of Object.entries(names)) {
    if (!ids.includes(id))
      throw new RuleError(`A name is given for "${printable(id)}", which is not among the sandboxes.`);
    mustBeShort('name', name);
    mustBeUnambiguous(name);
  }
  const given = Object.values(names);
  const twice = given.find((name, index) => given.indexOf(name) !== index);
  if (twice !== undefined)
    throw new RuleError(`The name "${printable(twice)}" is given twice; names are unique.`);
}

/** Throws `NameTakenError` when a living sandbox has the name, so that a request with such a name changes nothing. */
async function mustBeFree(
  { sandbox: { name }, namespace }: Pick<SandboxEntry, 'sandbox' | 'namespace'>,
  { store }: OrphanCommandParts,
): Promise<void> {
  if (name !== null && (await store.getByName(namespace, name))) throw new NameTakenError(name);
}

/** Creates the entry of a sandbox that exists. Throws `RuleError` when the request does not fit it. */
function entryOf(
  { sandboxId: id, state }: Found,
  { namespace, names = {} }: Adoption,
  { policy, clock, lookup }: OrphanCommandParts,
) {
  const name = new Map(Object.entries(names)).get(id) ?? null;
  if (state === 'paused' && name === null)
    throw new RuleError(
      `Sandbox "${printable(id)}" is paused, and only a sandbox with a name can be suspended; give it a name.`,
    );
  return newSandbox({ namespace, name }, { id, at: clock.now(), policy, lookup });
}

/**
 * The events that lead from the creation of a sandbox to its state on the platform. No operation is in flight after them, so the driver
 * boots nothing.
 */
function eventsUntil(state: Found['state'], at: number, origin: Origin): readonly OriginatedEvent[] {
  const platform = { actor: 'platform', cause: 'adoption' };
  const started = { event: { type: 'boot.completed', operation: 1, at }, origin: platform } as const;
  if (state === 'running') return [started];
  return [
    started,
    { event: { type: 'suspend', at }, origin },
    { event: { type: 'suspend.completed', operation: 2, at }, origin: platform },
  ];
}
