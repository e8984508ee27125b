import type { Clock } from '../../utils/clock.ts';
import { createListeners } from '../replica/listeners.ts';
import type { CreateSandboxInput } from './create-input.ts';
import type { CreateFailure, Creation } from './creation.ts';
import type { CreateRollback, CreateSettlement, CreationsView } from './creations-view.ts';

/** The creations of a page, the view of them, and its listeners. */
export interface CreationsStore {
  /** The creations that the server has not confirmed, by id, in order. Call `changed` after a change. */
  readonly pending: Map<string, Creation>;
  getSnapshot(): CreationsView;
  subscribe(listener: () => void): () => void;
  /** Computes the view again, and notifies the listeners. */
  changed(): void;
  /** Keeps the reason why a creation failed. Returns the settlement of the creation. */
  rollBack(id: string, input: CreateSandboxInput, failure: CreateFailure): CreateSettlement;
  /** Dismisses one rollback, or all. */
  dismiss(id?: string): void;
}

/** Creates an empty store. */
export function createCreationsStore(clock: Clock): CreationsStore {
  const pending = new Map<string, Creation>();
  const { add, notify } = createListeners();
  let rollbacks: readonly CreateRollback[] = [];
  let view: CreationsView = Object.freeze({ pending: [], rollbacks });

  function changed(): void {
    view = Object.freeze({ pending: [...pending.keys()], rollbacks });
    notify();
  }

  return {
    pending,
    getSnapshot: () => view,
    subscribe: add,
    changed,
    rollBack(id, input, { outcome, reason }) {
      rollbacks = [...rollbacks, { id, input, outcome, reason, at: clock.now() }];
      changed();
      return { outcome, reason, id: null };
    },
    dismiss(id) {
      rollbacks = rollbacks.filter((rollback) => id !== undefined && rollback.id !== id);
      changed();
    },
  };
}
