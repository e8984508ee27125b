import { defaultConfiguration, type Resources } from '../configuration.ts';
import { RuleError } from '../errors.ts';
import type { SnapshotRecord } from '../store/records.ts';

/** The requested resources. Omitted ones have the value of the snapshot, or else the default. */
export type ResourceRequest = { readonly [Key in keyof Resources]?: Resources[Key] | undefined };

/** The memory for each CPU, in MiB. */
const memoryPerCpu = { least: 1024, most: 8192 };

/**
 * The resources of a new sandbox. A memory snapshot determines all of them and overrides the request. With a filesystem
 * snapshot the request counts, and the disk may only grow. Omitted memory is what the snapshot or the default has, or the
 * nearest that the CPUs allow. Throws a {@link RuleError} for a smaller disk, and for memory that does not fit the CPUs.
 */
export function resolveResources(requested: ResourceRequest, snapshot?: SnapshotRecord): Resources {
  const base = snapshot?.resources ?? defaultConfiguration.resources;
  if (snapshot?.type === 'memory') return base;
  const { cpus = base.cpus, diskMb = base.diskMb, gpus = base.gpus } = requested;
  const least = Math.ceil(cpus * memoryPerCpu.least);
  const most = Math.floor(cpus * memoryPerCpu.most);
  const { memoryMb = Math.min(Math.max(base.memoryMb, least), most) } = requested;
  if (memoryMb < least || memoryMb > most) {
    throw new RuleError(
      `resources.memory_mb is ${memoryMb}, but ${cpus} ${cpus === 1 ? 'CPU takes' : 'CPUs take'} ${least} to ${most} MiB (${memoryPerCpu.least} to ${memoryPerCpu.most} for each); change one of the two.`,
    );
  }
  if (snapshot && diskMb < base.diskMb) {
    throw new RuleError(
      `resources.disk_mb is ${diskMb}, less than the ${base.diskMb} of the snapshot; request at least that, or leave it out.`,
    );
  }
  return { cpus, memoryMb, diskMb, gpus };
}
