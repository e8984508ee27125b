import { duties } from '../../model/duties.ts';
import type { SandboxEntry, SnapshotRecord } from './records.ts';
import type { LivingState } from './store.ts';

/** When the host must next send a timeout (epoch ms), or null. Stores index this field. */
export function timeoutAtOf({ sandbox }: SandboxEntry): number | null {
  return duties(sandbox).timeoutAt ?? null;
}

/** Whether the next timeout is the suspended limit, which discards the sandbox. */
export function isDiscard({ sandbox }: SandboxEntry): boolean {
  return sandbox.status === 'suspended' && sandbox.operation === null;
}

/** Whether the platform still has work to do. Stores index this field. */
export function isUnsettled({ sandbox, released }: SandboxEntry): boolean {
  return duties(sandbox).operation !== undefined && !released;
}

/** Whether the sandbox should exist on the platform, running or paused. */
export function isLiving({ sandbox }: SandboxEntry): boolean {
  return sandbox.status !== 'pending' && sandbox.status !== 'terminated';
}

/** The state of a living sandbox, for comparisons with the platform. */
export function livingStateOf(entry: SandboxEntry): LivingState {
  const { id: sandboxId, status, version, incarnation, generation } = entry.sandbox;
  return { sandboxId, status, version, incarnation, generation, isBetween: isUnsettled(entry) };
}

/** The snapshot that the boot of a pending sandbox may still read, or null. Stores index this field. */
export function restoresFrom({ sandbox, configuration }: SandboxEntry): string | null {
  return sandbox.status === 'pending' ? configuration.snapshotId : null;
}

/** Whether a sandbox can be restored from a snapshot of this status. */
export function isRestorable(status: SnapshotRecord['status']): boolean {
  return status === 'completed' || status === 'local_ready';
}

/** Whether the capture of a snapshot is in progress. `local_ready`: still in upload, but it can be restored. */
export function isCapturing(status: SnapshotRecord['status']): boolean {
  return status === 'in_progress' || status === 'local_ready';
}
