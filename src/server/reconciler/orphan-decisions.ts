import { forEachLimited } from '../../utils/for-each-limited.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { Driver, Found } from '../driver/driver.ts';
import { OrphanError, RuleError } from '../errors.ts';
import type { Holding } from '../hosts/holding.ts';
import { mostAtOnce } from '../store/entry-pages.ts';
import type { OrphanDecision, StoreOrphans } from '../store/store.ts';
import { type FindOrphansOptions, hasRecord, readPlatform, unlessClosing } from './find-orphans.ts';
import { createOrphanClaims } from './orphan-claims.ts';
import { createOrphanList, mostDecisions, type OrphanPage, type OrphanQuery } from './orphan-list.ts';
import { isForeign } from './orphans.ts';
import { tryRelease } from './release.ts';

/** The decisions of operators about sandboxes without a record. */
export interface OrphanDecisions {
  /**
   * Deletes the decisions to release. A restored database has those of its past: since then an operator may have decided
   * otherwise, or adopted the sandbox.
   */
  forgetReleases(): Promise<void>;
  /** Reads the platform and the records. Throws `PlatformError`, `StoppingError`. */
  list(query: OrphanQuery): Promise<OrphanPage>;
  /**
   * Records a decision about each of these sandboxes, or about none. A release begins at once in the background, and for a sandbox that is
   * absent it deletes the decision. Throws `OrphanError`, `PlatformError`, `StoppingError`, and `RuleError` above the limits and for a store that keeps no decisions.
   */
  decide(sandboxIds: readonly string[], decision: OrphanDecision['decision'], actor: string): Promise<void>;
  /**
   * Calls `prepare` with all of these sandboxes, and then `act` with each result, one after the other, while no host decides about
   * them or releases them otherwise. After each it deletes the decision. Throws as {@link decide} does, before the first call.
   */
  takeOver<Prepared>(
    sandboxIds: readonly string[],
    prepare: (found: Found) => Promise<Prepared>,
    act: (prepared: Prepared, found: Found) => Promise<void>,
  ): Promise<void>;
  /** Handles the orphans of a look: releases those with that decision, and of the expired ones those without a decision. */
  handle(found: readonly string[], expired: readonly string[], signal: AbortSignal): Promise<void>;
  /** Of these orphans, those that no operator has decided to keep. */
  undecided(found: readonly string[]): Promise<readonly string[]>;
}

/** The parts of a host that decide about orphans. */
export interface OrphanDecisionOptions extends FindOrphansOptions {
  readonly driver: Pick<Driver, 'inventory' | 'release'>;
  readonly holding: Pick<Holding, 'turn'>;
  /** Aborts when the host closes. */
  readonly closing: AbortSignal;
  /** Runs work in the background. */
  readonly run: (act: () => Promise<void>) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The most ids of one request. */
const mostIds = 1_000;

/** Creates the decisions. They are in the store, so they hold across restarts. */
export function createOrphanDecisions(options: OrphanDecisionOptions): OrphanDecisions {
  const { store, driver, clock, closing, onProblem } = options;
  const kept: StoreOrphans | undefined = store.orphans;
  const claims = createOrphanClaims(options.holding, clock);
  // However many requests wait, the platform is read by one after the other.
  const readInventory = singleFlight(() => readPlatform(options, closing));

  return {
    async forgetReleases() {
      for (const { sandboxId, decision } of (await kept?.list('', mostDecisions)) ?? [])
        if (decision === 'release') await kept?.forget(sandboxId);
    },
    list: createOrphanList(options),
    async decide(sandboxIds, decision, actor) {
      const decisions = mustKeepDecisions();
      await whileBusy(sandboxIds, async () => {
        const forgotten = decision === 'release' ? await absentOf(sandboxIds, decisions) : [];
        const present = sandboxIds.filter((id) => !forgotten.includes(id));
        await mustBeOrphans(present);
        await mustHaveRoom(decisions, present.length);
        const at = clock.now();
        for (const sandboxId of present) await decisions.put({ sandboxId, decision, at, actor });
        for (const sandboxId of forgotten) await decisions.forget(sandboxId);
      });
      if (decision === 'release')
        options.run(async () => void (await releaseEach(sandboxIds, 'release', closing)));
    },
    takeOver: (sandboxIds, prepare, act) =>
      whileBusy(sandboxIds, async () => {
        const all: (() => Promise<void>)[] = [];
        for (const found of await mustBeOrphans(sandboxIds)) {
          const prepared = await prepare(found);
          all.push(async () => {
            if (!claims.isFresh(found.sandboxId)) throw new OrphanError('orphan_busy', found.sandboxId);
            await act(prepared, found);
            await kept?.forget(found.sandboxId);
          });
        }
        for (const takeOne of all) await takeOne();
      }),
    async handle(found, expired, signal) {
      const released = await releaseEach(found, 'release', signal);
      const open = expired.filter((id) => !released.has(id));
      await releaseEach(open, undefined, signal);
    },
    async undecided(found) {
      const open: string[] = [];
      for (const id of found) if ((await kept?.get(id))?.decision !== 'keep') open.push(id);
      return open;
    },
  };

  /** Of these sandboxes, those that have a decision and are absent. */
  async function absentOf(
    sandboxIds: readonly string[],
    decisions: StoreOrphans,
  ): Promise<readonly string[]> {
    const inventory = await readInventory();
    const absent: string[] = [];
    for (const id of sandboxIds) if (!inventory.has(id) && (await decisions.get(id))) absent.push(id);
    return absent;
  }

  function mustKeepDecisions(): StoreOrphans {
    if (kept !== undefined) return kept;
    throw new RuleError('The store of this server keeps no decisions about sandboxes without a record.');
  }

  async function whileBusy(sandboxIds: readonly string[], act: () => Promise<void>): Promise<void> {
    if (sandboxIds.length > mostIds)
      throw new RuleError(`A request may name at most ${mostIds} sandboxes, not ${sandboxIds.length}.`);
    const claimed: string[] = [];
    try {
      await unlessClosing(closing, async () => {
        for (const id of new Set(sandboxIds)) {
          if (!(await claims.claim(id))) throw new OrphanError('orphan_busy', id);
          claimed.push(id);
        }
        await act();
      });
    } finally {
      await forEachLimited(claimed, mostAtOnce, claims.free);
    }
  }

  /** Returns the sandboxes. Throws `OrphanError` when one of them has a record, is of another database, or does not exist. */
  async function mustBeOrphans(sandboxIds: readonly string[]): Promise<readonly Found[]> {
    const inventory = await readInventory();
    const all: Found[] = [];
    for (const id of new Set(sandboxIds)) {
      if (await hasRecord(store, id)) throw new OrphanError('orphan_has_record', id);
      const found = inventory.get(id);
      if (found === undefined) throw new OrphanError('orphan_not_found', id);
      if (isForeign(found, options.owner)) throw new OrphanError('orphan_of_other', id);
      all.push(found);
    }
    return all;
  }

  async function mustHaveRoom(decisions: StoreOrphans, more: number): Promise<void> {
    const { length } = await decisions.list('', mostDecisions);
    if (length + more > mostDecisions)
      throw new RuleError(
        `The server keeps at most ${mostDecisions} decisions about sandboxes without a record, and has ${length}; release those that are absent, or others.`,
      );
  }

  /** Releases the sandboxes with this decision. Returns those released. A failed release is repeated by the next look. */
  async function releaseEach(
    sandboxIds: readonly string[],
    wanted: 'release' | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const released = new Set<string>();
    await forEachLimited(sandboxIds, mostAtOnce, async (sandboxId) => {
      let isClaimed = false;
      try {
        if (signal.aborted || (await kept?.get(sandboxId))?.decision !== wanted) return;
        isClaimed = await claims.claim(sandboxId);
        if (!isClaimed) return;
        // Another host may have decided about it, or adopted it, until this host had the claim.
        const decision = await kept?.get(sandboxId);
        if (decision?.decision !== wanted || (await hasRecord(store, sandboxId))) return;
        await tryRelease(driver, clock, { sandboxId, operation: 0, signal });
        released.add(sandboxId);
        if (decision) await kept?.forget(sandboxId);
      } catch (error) {
        if (!signal.aborted) onProblem(error, sandboxId);
      } finally {
        if (isClaimed) await claims.free(sandboxId);
      }
    });
    return released;
  }
}
