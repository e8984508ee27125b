import type { Guard, RefusalRule } from './reason.ts';

/** Something runs that the command could act on. */
export const isRunning: Guard = (sandbox) => (sandbox.incarnation === null ? notRunning : undefined);

/** The refusal of every command that nothing else forbids but that has nothing to act on. */
export const notRunning: RefusalRule = {
  code: 'not_running',
  because: 'it is not running',
  help: 'resume it first',
};
