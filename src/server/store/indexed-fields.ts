import { duties } from '../../model/duties.ts';
import type { SandboxEntry, SnapshotRecord } from './store.ts';

/** When the host must next send a timeout (epoch ms), or null. What stores index. */
export function timeoutAtOf({ sandbox }: SandboxEntry): number | null {
  return duties(sandbox).timeoutAt ?? null;
}

/** Whether platform work is to be done: what stores index. */
export function isUnsettled({ sandbox, released }: SandboxEntry): boolean {
  return duties(sandbox).operation !== undefined && !released;
}

/** Whether the platform should have it, running or paused. */
export function isLiving({ sandbox }: SandboxEntry): boolean {
  return sandbox.status !== 'pending' && sandbox.status !== 'terminated';
}

/** Whether the capture of a snapshot goes on: also while it is on its way, and can be restored from already. */
export function isCapturing(status: SnapshotRecord['status']): boolean {
  return status === 'in_progress' || status === 'local_ready';
}
