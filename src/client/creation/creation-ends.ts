import type { ListInternals } from '../replica/list-internals.ts';
import type { SandboxClient } from '../replica/sandbox-client.ts';
import type { CreateFailure, Creation } from './creation.ts';
import type { CreationCandidates } from './creation-candidates.ts';
import type { CreationsStore } from './creations-store.ts';

/** The ways in which a creation ends. */
export interface CreationEnds {
  /** The server has created this sandbox, which replaces the entry as soon as the list knows it. */
  confirm(creation: Creation, realId: string): void;
  /** Removes the entry, and keeps the reason. */
  fail(creation: Creation, failure: CreateFailure): void;
  /** Ends a creation whose sandbox is missing from a complete list that was requested after the reply. */
  endUnseen(creation: Creation): void;
}

/** Creates the ends of the creations in this store. */
export function createCreationEnds(
  { store, replicas, provisional }: ListInternals,
  creations: CreationsStore,
  { keys }: CreationCandidates,
): CreationEnds {
  function end(creation: Creation): void {
    creations.pending.delete(creation.id);
    store.remove(creation);
    creation.release();
  }

  function fail(creation: Creation, failure: CreateFailure): void {
    end(creation);
    creation.provisional.fail(failure.reason.message);
    provisional.delete(creation.id);
    creation.settle(creations.rollBack(creation.id, creation.input, failure));
  }

  /** Ends a creation whose sandbox exists or has existed. `real` replaces the entry. */
  function endApplied(creation: Creation, real?: SandboxClient): void {
    end(creation);
    if (real) creation.provisional.become(real);
    creation.settle({ outcome: 'applied', id: creation.realId ?? null, reason: null });
    creations.changed();
  }

  return {
    confirm(creation, realId) {
      creation.realId = realId;
      keys.set(realId, creation.id);
      if (replicas.find(realId)?.state().confirmed) endApplied(creation, replicas.of(realId).client);
    },
    fail,
    endUnseen(creation) {
      if (creation.unknown && creation.realId === undefined) fail(creation, creation.unknown);
      // The sandbox was created, and has ended already.
      else if (creations.pending.has(creation.id)) endApplied(creation);
    },
  };
}
