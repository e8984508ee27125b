import type { Guard } from './guard.ts';

/** The sandbox has a name: only then it can be suspended. */
export const isNamed: Guard = (sandbox) =>
  sandbox.name !== null
    ? undefined
    : {
        code: 'ephemeral',
        because: 'it has no name, and only named sandboxes can be suspended',
        help: 'give it a name first',
      };
