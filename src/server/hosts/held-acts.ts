import { forEachLimited } from '../../utils/for-each-limited.ts';
import { createKeyedCounts } from '../../utils/keyed-counts.ts';
import { mostAtOnce } from '../store/entry-pages.ts';
import { isUnsettled } from '../store/indexed-fields.ts';
import type { SharedStore } from '../store/shared.ts';
import type { Store } from '../store/store.ts';
import type { HeldSandboxes } from './held-sandboxes.ts';
import type { Holding } from './holding.ts';

/** The acts of a host for sandboxes besides their operations: it holds each one meanwhile, and lets go of it afterwards. */
export interface HeldActs {
  readonly whileHeld: Holding['whileHeld'];
  /** Lets go of the sandboxes that this host holds without doing anything for them. Does not reject. */
  settleIdle(): Promise<void>;
}

/** The parts of a membership that acts use. */
interface HeldActsOptions {
  readonly store: Pick<Store, 'get'>;
  readonly shared: Pick<SharedStore, 'hold' | 'letGo'>;
  /** The name of this host. */
  readonly name: string;
  readonly held: HeldSandboxes;
  /** Does not reject. */
  readonly reconcileEach: (sandboxIds: readonly string[]) => Promise<void>;
  /** Whether an operation of a sandbox is in progress; null before the host has started. */
  readonly isBusy: (sandboxId: string) => boolean | null;
  /** Whether this host leaves. */
  readonly isOver: () => boolean;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Creates the acts of a host that holds nothing for one yet. */
export function createHeldActs(options: HeldActsOptions): HeldActs {
  const { store, shared, name, held, reconcileEach, isBusy, isOver, onProblem } = options;
  const acting = createKeyedCounts();
  const isActing = (id: string) => acting.of(id) > 0;
  let isSettling = false;

  return {
    async whileHeld(sandboxId, act) {
      if (isOver()) return false;
      // It counts from before the store says yes, so that the end of another act does not free the sandbox meanwhile.
      const leave = acting.enter(sandboxId);
      let isHeld = false;
      try {
        isHeld = await shared.hold(name, sandboxId);
        if (!isHeld) return false;
        held.hold(sandboxId);
        await act();
        return true;
      } finally {
        leave();
        if (isHeld && !isActing(sandboxId)) await settle(sandboxId);
      }
    },
    async settleIdle() {
      if (isSettling) return;
      isSettling = true;
      const idle = held.ids().filter((id) => !isActing(id) && isBusy(id) === false);
      await forEachLimited(idle, mostAtOnce, settle);
      isSettling = false;
    },
  };

  /** Carries on with the work of a held sandbox, or lets go of one without work. After an error the next heartbeat tries it again. */
  async function settle(sandboxId: string): Promise<void> {
    try {
      const entry = await store.get(sandboxId);
      if (entry && isUnsettled(entry)) return await reconcileEach([sandboxId]);
      // An operation that began since the record was read, or that still ends, keeps the sandbox here until the next heartbeat.
      if (isBusy(sandboxId) || isActing(sandboxId)) return;
      held.free(sandboxId);
      await shared.letGo(name, sandboxId);
    } catch (error) {
      if (!isOver()) onProblem(error, sandboxId);
    }
  }
}
