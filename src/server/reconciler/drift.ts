import type { Driver, Found } from '../driver/driver.ts';
import { BrokenRecordError, type SandboxEntry, type Store } from '../store/store.ts';
import type { DriftKind } from '../telemetry/observation.ts';
import { entryPages } from './entry-pages.ts';

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
  readonly driver: Pick<Driver, 'inventory'>;
  /** Whether an operation of a sandbox is in progress: between two states, neither of them is drift. */
  readonly isBusy: (sandboxId: string) => boolean;
  readonly onBroken: (error: BrokenRecordError) => void;
  /** Called with each sandbox that should exist on the platform. */
  readonly onLiving: (entry: SandboxEntry) => void;
}

/**
 * Compares the inventory of the platform with the records. A record may change while the platform responds, so each suspect
 * is checked twice: it is drift when the same revision has the same kind of difference both times.
 */
export async function findDrift(options: DriftOptions): Promise<readonly Drift[]> {
  const suspects = await findSuspects(await inventoryOf(options), options);
  if (suspects.length === 0) return [];
  const inventory = await inventoryOf(options);
  const drifts: Drift[] = [];
  for (const suspect of suspects) {
    const entry = await read(suspect.sandboxId, options);
    if (entry === 'broken') continue;
    const kind = judge(entry, inventory.get(suspect.sandboxId), options);
    if (kind === suspect.kind && entry?.revision === suspect.entry?.revision)
      drifts.push({ ...suspect, entry });
  }
  return drifts;
}

async function findSuspects(inventory: Map<string, Found>, options: DriftOptions): Promise<Drift[]> {
  const { store } = options;
  const suspects: Drift[] = [];
  const check = (sandboxId: string, entry: SandboxEntry | null) => {
    const kind = judge(entry, inventory.get(sandboxId), options);
    if (kind !== undefined) suspects.push({ kind, sandboxId, entry });
  };
  const living = new Set<string>();
  for await (const entries of entryPages((after, limit) => store.living(after, limit))) {
    for (const entry of entries) {
      living.add(entry.sandbox.id);
      options.onLiving(entry);
      check(entry.sandbox.id, entry);
    }
  }
  for (const sandboxId of inventory.keys()) {
    if (living.has(sandboxId)) continue;
    const entry = await read(sandboxId, options);
    // A sandbox with a broken record stays untouched until an operator has repaired the record.
    if (entry !== 'broken') check(sandboxId, entry);
  }
  return suspects;
}

/** The kind of difference, or undefined when the platform matches the record or an operation will make it match. */
function judge(
  entry: SandboxEntry | null,
  found: Found | undefined,
  { isBusy }: DriftOptions,
): DriftKind | undefined {
  if (entry === null) return found && 'orphan';
  const { id, status, operation } = entry.sandbox;
  if (status === 'terminated') return found && entry.released ? 'undead' : undefined;
  const isRunning = status === 'running' || status === 'snapshotting' || status === 'suspending';
  if (isRunning && found === undefined) return 'missing';
  // During an operation both states are correct.
  if (operation !== null || isBusy(id)) return undefined;
  if (found === undefined) return 'lost';
  if (isRunning) return found.state === 'paused' ? 'paused' : undefined;
  return found.state === 'running' ? 'running' : undefined;
}

async function inventoryOf({ driver }: DriftOptions): Promise<Map<string, Found>> {
  return new Map((await driver.inventory()).map((found) => [found.sandboxId, found]));
}

async function read(
  sandboxId: string,
  { store, onBroken }: DriftOptions,
): Promise<SandboxEntry | null | 'broken'> {
  try {
    return (await store.get(sandboxId)) ?? null;
  } catch (error) {
    if (!(error instanceof BrokenRecordError)) throw error;
    onBroken(error);
    return 'broken';
  }
}
