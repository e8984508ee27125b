import { singleFlight } from '../../utils/single-flight.ts';
import type { Found } from '../driver/driver.ts';
import type { OrphanDecision } from '../store/store.ts';
import {
  type FindOrphansOptions,
  findOrphans,
  hasRecord,
  readPlatform,
  unlessClosing,
} from './find-orphans.ts';

/** A sandbox on the platform that has no record, or one about which an operator has decided and that is `absent` now. */
export interface Orphan {
  readonly sandboxId: string;
  readonly state: Found['state'] | 'absent';
  /** The decision of an operator; null before one. */
  readonly decision: OrphanDecision | null;
}

/** A part of the sandboxes without a record, ordered by id. */
export interface OrphanPage {
  /** How many there are in all. */
  readonly count: number;
  readonly items: readonly Orphan[];
  /** The id after which the next part begins; null on the last part. */
  readonly nextCursor: string | null;
}

/** Selects a part of the sandboxes without a record. */
export interface OrphanQuery {
  readonly limit: number;
  /** The `nextCursor` of another part. */
  readonly cursor?: string | undefined;
}

/** The most decisions that a store keeps. */
export const mostDecisions = 10_000;

/** Creates the function that lists sandboxes without a record, with the decisions about them. It throws `PlatformError`, `StoppingError`. */
export function createOrphanList(
  options: FindOrphansOptions & { /** Aborts when the host closes. */ readonly closing: AbortSignal },
): (query: OrphanQuery) => Promise<OrphanPage> {
  const { store, closing } = options;
  // However many requests wait, the platform is read by one after the other.
  const findAll = singleFlight(async () => {
    const inventory = await readPlatform(options, closing);
    return withAbsent(await findOrphans(inventory, options), inventory);
  });

  return ({ limit, cursor = '' }) =>
    unlessClosing(closing, async () => {
      const all = await findAll();
      const later = all.filter(({ sandboxId }) => sandboxId > cursor);
      const items = later.slice(0, limit);
      const isLast = later.length <= limit;
      return { count: all.length, items, nextCursor: isLast ? null : (items.at(-1)?.sandboxId ?? null) };
    });

  /** Adds the decisions about sandboxes that are absent, and have no record either. */
  async function withAbsent(
    found: readonly Found[],
    inventory: ReadonlyMap<string, Found>,
  ): Promise<readonly Orphan[]> {
    const decisions = new Map<string, OrphanDecision>();
    for (const one of (await store.orphans?.list('', mostDecisions)) ?? []) decisions.set(one.sandboxId, one);
    const all: Orphan[] = found.map(({ sandboxId, state }) => ({
      ...{ sandboxId, state, decision: decisions.get(sandboxId) ?? null },
    }));
    for (const decision of decisions.values()) {
      const { sandboxId } = decision;
      if (!inventory.has(sandboxId) && !(await hasRecord(store, sandboxId)))
        all.push({ sandboxId, state: 'absent', decision });
    }
    return all.sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1));
  }
}
