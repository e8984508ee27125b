import type { Resources } from '../configuration.ts';
import { RuleError } from '../errors.ts';
import type { SnapshotRecord } from '../store/store.ts';

/** What a sandbox gets when nothing is asked for. Memory and disk in MiB, by the newer of the sources. */
const defaultResources: Resources = { cpus: 1, memoryMb: 1024, diskMb: 10_240, gpus: [] };

/** What was asked for; the rest is default, or as it was in the snapshot. */
export type ResourceRequest = { readonly [Key in keyof Resources]?: Resources[Key] | undefined };

/**
 * What a new sandbox gets. A memory snapshot fixes it, whatever was asked for; from a filesystem snapshot the request
 * counts, and the disk may only grow: a smaller one throws a {@link RuleError}.
 */
export function resolveResources(asked: ResourceRequest, snapshot?: SnapshotRecord): Resources {
  const base = snapshot?.resources ?? defaultResources;
  if (snapshot?.type === 'memory') return base;
  const { cpus = base.cpus, memoryMb = base.memoryMb, diskMb = base.diskMb, gpus = base.gpus } = asked;
  if (snapshot && diskMb < base.diskMb) {
    throw new RuleError(
      `resources.disk_mb is ${diskMb}, less than the ${base.diskMb} of the snapshot; ask for at least that, or leave it out.`,
    );
  }
  return { cpus, memoryMb, diskMb, gpus };
}
