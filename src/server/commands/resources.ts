import { defaultConfiguration, type Resources } from '../configuration.ts';
import { RuleError } from '../errors.ts';
import type { SnapshotRecord } from '../store/store.ts';

/** The requested resources. Omitted ones have the value of the snapshot, or else the default. */
export type ResourceRequest = { readonly [Key in keyof Resources]?: Resources[Key] | undefined };

/**
 * The resources of a new sandbox. A memory snapshot determines all of them and overrides the request. With a filesystem
 * snapshot the request counts, and the disk may only grow: throws a {@link RuleError} for a smaller disk.
 */
export function resolveResources(requested: ResourceRequest, snapshot?: SnapshotRecord): Resources {
  const base = snapshot?.resources ?? defaultConfiguration.resources;
  if (snapshot?.type === 'memory') return base;
  const { cpus = base.cpus, memoryMb = base.memoryMb, diskMb = base.diskMb, gpus = base.gpus } = requested;
  if (snapshot && diskMb < base.diskMb) {
    throw new RuleError(
      `resources.disk_mb is ${diskMb}, less than the ${base.diskMb} of the snapshot; request at least that, or leave it out.`,
    );
  }
  return { cpus, memoryMb, diskMb, gpus };
}
