import type { RefusalRule } from './guard.ts';

/** The refusal of a command that nothing else forbids, but that finds nothing running to act on. */
export const notRunning: RefusalRule = {
  code: 'not_running',
  because: 'it is not running',
  help: 'resume it first',
};
