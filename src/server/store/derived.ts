import { duties } from '../../machine/duties.ts';
import type { Entry } from './store.ts';

/** When the host must next send a timeout (epoch ms), or null. What stores index. */
export function timeoutAtOf({ sandbox }: Entry): number | null {
  return duties(sandbox).timeoutAt ?? null;
}

/** Whether platform work is to be done: what stores index. */
export function isUnsettled({ sandbox, released }: Entry): boolean {
  return duties(sandbox).operation !== undefined && !released;
}

/** Whether the platform should have it, running or paused. */
export function isLiving({ sandbox }: Entry): boolean {
  return sandbox.status !== 'pending' && sandbox.status !== 'terminated';
}
