import type { OperationKind, SandboxData } from './sandbox.ts';

/**
 * What the platform must start now. `operation` is the id that its report must carry (for `release`, which no report
 * answers, `operations` + 1); `deadline` is epoch ms, or null for `release`. Source: contract, sections 4 and 5.
 */
export interface Effect {
  readonly type: OperationKind | 'release';
  readonly operation: number;
  readonly deadline: number | null;
}

/** Reads an effect off the record that a step led to. */
export type EffectOf = (sandbox: SandboxData) => Effect;

const request =
  (type: OperationKind): EffectOf =>
  ({ operations, operation }) => ({ type, operation: operations, deadline: operation?.deadline ?? null });

/** Asks the platform to bring the sandbox up for the first time. */
export const requestBoot = request('boot');

/** Asks the platform to capture the snapshot that the record names. */
export const requestSnapshot = request('snapshot');

/** Asks the platform to pause the sandbox in place. */
export const requestSuspend = request('suspend');

/** Asks the platform to bring a paused sandbox back. */
export const requestResume = request('resume');

/** Asks the platform to give up all that the sandbox still holds. */
export const requestRelease: EffectOf = ({ operations }) => ({
  type: 'release',
  operation: operations + 1,
  deadline: null,
});
