import type { OperationKind, SandboxData } from './sandbox.ts';

/**
 * Platform work to start now. `operation` is the id that its report must carry (for `release`, which no report
 * answers, `operations` + 1); `deadline` is epoch ms, or null for `release`. Source: contract, sections 4 and 5.
 */
export interface Effect {
  readonly type: OperationKind | 'release';
  readonly operation: number;
  readonly deadline: number | null;
}

/** Creates an effect from the record after a step. */
export type EffectOf = (sandbox: SandboxData) => Effect;

const request =
  (type: OperationKind): EffectOf =>
  ({ operations, operation }) => ({ type, operation: operations, deadline: operation?.deadline ?? null });

/** Requests the first start of the sandbox. */
export const requestBoot = request('boot');

/** Requests the capture of the snapshot that the record names. */
export const requestSnapshot = request('snapshot');

/** Requests a pause of the sandbox in place. */
export const requestSuspend = request('suspend');

/** Requests that a paused sandbox runs again. */
export const requestResume = request('resume');

/** Requests the release of everything that the sandbox still holds. */
export const requestRelease: EffectOf = ({ operations }) => ({
  type: 'release',
  operation: operations + 1,
  deadline: null,
});
