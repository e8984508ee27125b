import type { Guard } from './guard.ts';

/** The sandbox has not ended. What has ended takes no command. */
export const isLiving: Guard = (sandbox) =>
  sandbox.outcome === null
    ? undefined
    : { code: 'terminal', because: 'terminated is final', help: 'create a new one instead' };
