import { duties } from '../../model/duties.ts';
import type { SandboxEntry, SnapshotRecord } from './store.ts';

/** When the host must next send a timeout (epoch ms), or null. Stores index this field. */
export function timeoutAtOf({ sandbox }: SandboxEntry): number | null {
  return duties(sandbox).timeoutAt ?? null;
}

/** Whether the platform still has work to do. Stores index this field. */
export function isUnsettled({ sandbox, released }: SandboxEntry): boolean {
  return duties(sandbox).operation !== undefined && !released;
}

/** Whether the sandbox should exist on the platform, running or paused. */
export function isLiving({ sandbox }: SandboxEntry): boolean {
  return sandbox.status !== 'pending' && sandbox.status !== 'terminated';
}

/** Whether the capture of a snapshot is in progress. `local_ready`: still in upload, but it can be restored. */
export function isCapturing(status: SnapshotRecord['status']): boolean {
  return status === 'in_progress' || status === 'local_ready';
}
