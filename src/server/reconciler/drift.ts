import { nextTurn } from '../../utils/next-turn.ts';
import type { Driver, Found } from '../driver/driver.ts';
import { BrokenRecordError, type SandboxEntry, type Store } from '../store/store.ts';
import type { DriftKind } from '../telemetry/observation.ts';

/** What is to be done about a sandbox that the platform does not have as its record says. */
export interface Drift {
  readonly kind: DriftKind;
  readonly sandboxId: string;
  /** The record, or null when there is none. */
  readonly entry: SandboxEntry | null;
}

/** What a look at the platform stands on. */
export interface DriftOptions {
  readonly store: Store;
  readonly driver: Pick<Driver, 'inventory'>;
  /** Whether platform work is under way for a sandbox: then it is between two states, and nothing to judge. */
  readonly isBusy: (sandboxId: string) => boolean;
  readonly onBroken: (error: BrokenRecordError) => void;
}

/** How many records are read at once. */
const batchSize = 200;

/**
 * Holds what the platform really has against the records. A record may move on while the platform is asked, so what
 * looks wrong is looked at twice: it is drift when the same record has the same thing wrong with it both times.
 */
export async function findDrift(options: DriftOptions): Promise<readonly Drift[]> {
  const suspects = await suspectsIn(await inventoryOf(options), options);
  if (suspects.length === 0) return [];
  const again = await inventoryOf(options);
  const found: Drift[] = [];
  for (const suspect of suspects) {
    const entry = await read(suspect.sandboxId, options);
    if (entry === 'broken') continue;
    const kind = judge(entry, again.get(suspect.sandboxId), options);
    if (kind === suspect.kind && entry?.revision === suspect.entry?.revision)
      found.push({ ...suspect, entry });
  }
  return found;
}

async function suspectsIn(there: Map<string, Found>, options: DriftOptions): Promise<Drift[]> {
  const suspects: Drift[] = [];
  const suspect = (sandboxId: string, entry: SandboxEntry | null) => {
    const kind = judge(entry, there.get(sandboxId), options);
    if (kind !== undefined) suspects.push({ kind, sandboxId, entry });
  };
  const living = new Set<string>();
  for (let afterId = ''; ; ) {
    const entries = await options.store.living(afterId, batchSize);
    for (const entry of entries) {
      living.add(entry.sandbox.id);
      suspect(entry.sandbox.id, entry);
    }
    const last = entries.at(-1);
    if (last === undefined) break;
    afterId = last.sandbox.id;
    // Others have their turn between two parts.
    await nextTurn();
  }
  for (const sandboxId of there.keys()) {
    if (living.has(sandboxId)) continue;
    const entry = await read(sandboxId, options);
    // What is under a broken record is nobody's to touch until a person has seen to it.
    if (entry !== 'broken') suspect(sandboxId, entry);
  }
  return suspects;
}

/** What is wrong, or undefined when the platform has what the record says, or is on its way there. */
function judge(
  entry: SandboxEntry | null,
  found: Found | undefined,
  { isBusy }: DriftOptions,
): DriftKind | undefined {
  if (entry === null) return found && 'orphan';
  const { id, status, operation } = entry.sandbox;
  if (status === 'terminated') return found && entry.released ? 'undead' : undefined;
  const isRunning = status === 'running' || status === 'snapshotting' || status === 'suspending';
  if (isRunning && found === undefined) return 'gone';
  // While an operation is under way either is right.
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
