import type { Operation, OperationKind, SandboxData } from './sandbox.ts';

/** Platform work to start, with the id that its report must carry and its deadline in epoch ms. */
interface Started<Type extends OperationKind> {
  readonly type: Type;
  readonly operation: number;
  readonly deadline: number;
}

/** A start also names the generation of the configuration that it begins with. */
interface Configured {
  readonly generation: number;
}

/**
 * Platform work to start now. The release is answered by no report and has no deadline; its id is `operations` + 1.
 * `configure` brings a running sandbox the configuration of this generation. Source: contract, sections 4 and 5.
 */
export type Effect =
  | (Started<'boot'> & Configured)
  | (Started<'resume'> & Configured)
  | Started<'snapshot'>
  | Started<'suspend'>
  | ({ readonly type: 'configure' } & Configured)
  | { readonly type: 'release'; readonly operation: number; readonly deadline: null };

/** The effect of one type. */
export type EffectOf<Type extends Effect['type']> = Extract<Effect, { readonly type: Type }>;

/** Creates an effect from the record after a step. */
export type EffectFor = (sandbox: SandboxData) => Effect;

/** Requests the first start of the sandbox. */
export const requestBoot: EffectFor = ({ operations, operation, generation }) => ({
  type: 'boot',
  operation: operations,
  deadline: (operation as Operation).deadline,
  generation,
});

/** Requests the capture of the snapshot that the record names. */
export const requestSnapshot: EffectFor = ({ operations, operation }) => ({
  type: 'snapshot',
  operation: operations,
  deadline: (operation as Operation).deadline,
});

/** Requests a pause of the sandbox in place. */
export const requestSuspend: EffectFor = ({ operations, operation }) => ({
  type: 'suspend',
  operation: operations,
  deadline: (operation as Operation).deadline,
});

/** Requests that a paused sandbox runs again. */
export const requestResume: EffectFor = ({ operations, operation, generation }) => ({
  type: 'resume',
  operation: operations,
  deadline: (operation as Operation).deadline,
  generation,
});

/** Requests that what runs gets the newest configuration. */
export const requestConfigure: EffectFor = ({ generation }) => ({ type: 'configure', generation });

/** Requests the release of everything that the sandbox still holds. */
export const requestRelease: EffectFor = ({ operations }) => ({
  type: 'release',
  operation: operations + 1,
  deadline: null,
});
