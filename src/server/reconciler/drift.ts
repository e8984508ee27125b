import { type Clock, settleWithin } from '../../utils/clock.ts';
import type { Driver, Found } from '../driver/driver.ts';
import { itemPages } from '../store/entry-pages.ts';
import { type BrokenRecordError, isUnreadable, type NewerRecordError } from '../store/errors.ts';
import { livingStateOf } from '../store/indexed-fields.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { LivingState, Store } from '../store/store.ts';
import type { DriftKind } from '../telemetry/observation.ts';
import { isForeign } from './orphans.ts';

/** A sandbox whose state on the platform differs from its record. */
export interface Drift {
  readonly kind: DriftKind;
  readonly sandboxId: string;
  /** Null for a sandbox without a record. */
  readonly entry: SandboxEntry | null;
}

/** The parts of a host that find drift. */
export interface DriftOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly driver: Pick<Driver, 'inventory'>;
  /** The identity of the database; null without one. */
  readonly owner: string | null;
  /** Whether an operation of a sandbox is in progress: between two states, neither of them is drift. */
  readonly isBusy: (sandboxId: string) => boolean;
  readonly onUnreadable: (error: BrokenRecordError | NewerRecordError, sandboxId: string) => void;
  /** Called with the state of each sandbox that should exist on the platform. */
  readonly onLiving: (state: LivingState) => void;
}

/** The result of a comparison. */
export interface Comparison {
  readonly drifts: readonly Drift[];
  /** How many sandboxes should exist on the platform. */
  readonly living: number;
}

/**
 * Compares the inventory of the platform with the records. A record may change while the platform responds, so each suspect
 * is checked twice: it is drift when the same state of the record has the same kind of difference both times. Rejects
 * when the inventory or the store cannot be read.
 */
export async function findDrift(options: DriftOptions, signal: AbortSignal): Promise<Comparison> {
  const { suspects, living } = await findSuspects(await inventoryOf(options, signal), options);
  if (suspects.length === 0) return { drifts: [], living };
  const inventory = await inventoryOf(options, signal);
  const drifts: Drift[] = [];
  for (const suspect of suspects) {
    const entry = await read(suspect.sandboxId, options);
    if (entry === 'unreadable') continue;
    const kind = judge(entry, inventory.get(suspect.sandboxId), options);
    if (kind === suspect.kind && isSameState(suspect, entry)) drifts.push({ ...suspect, entry });
  }
  return { drifts, living };
}

/** Activity and new names change the record of a missing sandbox, but not the incarnation that is missing. */
function isSameState({ kind, entry: before }: Drift, after: SandboxEntry | null): boolean {
  if (kind === 'missing') return before?.sandbox.incarnation === after?.sandbox.incarnation;
  return before?.revision === after?.revision;
}

async function findSuspects(
  inventory: Map<string, Found>,
  options: DriftOptions,
): Promise<{ suspects: Drift[]; living: number }> {
  const { store } = options;
  const suspects: Drift[] = [];
  const check = (sandboxId: string, entry: SandboxEntry | null) => {
    const kind = judge(entry, inventory.get(sandboxId), options);
    if (kind !== undefined) suspects.push({ kind, sandboxId, entry });
  };
  const living = new Set<string>();
  const readAndCheck = async (sandboxId: string) => {
    const entry = await read(sandboxId, options);
    // A sandbox with a broken record stays untouched until an operator has repaired the record. That of a newer release is left to it.
    if (entry !== 'unreadable') check(sandboxId, entry);
  };
  const states = itemPages(
    (after, limit) => store.livingStates(after, limit),
    ({ sandboxId }) => sandboxId,
  );
  for await (const page of states) {
    for (const state of page) {
      const { sandboxId } = state;
      living.add(sandboxId);
      options.onLiving(state);
      // Most sandboxes match, and their records are not read.
      if (judgeLiving(state, inventory.get(sandboxId), options) !== undefined) await readAndCheck(sandboxId);
    }
  }
  for (const sandboxId of inventory.keys()) if (!living.has(sandboxId)) await readAndCheck(sandboxId);
  return { suspects, living: living.size };
}

/** The kind of difference, or undefined when the platform matches the record or an operation will make it match. */
function judge(
  entry: SandboxEntry | null,
  found: Found | undefined,
  options: DriftOptions,
): DriftKind | undefined {
  const isOurs = found !== undefined && !isForeign(found, options.owner);
  if (entry === null) return isOurs ? 'orphan' : undefined;
  if (entry.sandbox.status === 'terminated') return isOurs && entry.released ? 'undead' : undefined;
  return judgeLiving(livingStateOf(entry), found, options);
}

function judgeLiving(
  { sandboxId, status, isBetween }: LivingState,
  found: Found | undefined,
  { isBusy }: DriftOptions,
): DriftKind | undefined {
  const isRunning = status === 'running' || status === 'snapshotting' || status === 'suspending';
  if (isRunning && found === undefined) return 'missing';
  // During an operation both states are correct.
  if (isBetween || isBusy(sandboxId)) return undefined;
  if (found === undefined) return 'lost';
  if (isRunning) return found.state === 'paused' ? 'paused' : undefined;
  return found.state === 'running' ? 'running' : undefined;
}

/** How long one reading of the inventory may take, in ms. */
const longestInventoryMs = 60_000;

/** Reads the inventory of the platform, by id. Rejects when that fails or takes too long, and when the signal aborts. */
export async function inventoryOf(
  { driver, clock }: Pick<DriftOptions, 'driver' | 'clock'>,
  signal: AbortSignal,
): Promise<Map<string, Found>> {
  const what = 'The driver did not return its inventory';
  const all = await settleWithin(driver.inventory(), {
    clock,
    milliseconds: longestInventoryMs,
    signal,
    what,
  });
  return new Map(all.map((found) => [found.sandboxId, found]));
}

async function read(
  sandboxId: string,
  { store, onUnreadable }: DriftOptions,
): Promise<SandboxEntry | null | 'unreadable'> {
  try {
    return (await store.get(sandboxId)) ?? null;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    onUnreadable(error, sandboxId);
    return 'unreadable';
  }
}
