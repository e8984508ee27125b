import { sandboxMachine } from '../../machine/lifecycle.ts';

/** The machine as Stately's inspector reads it: the literal itself, without the bodies of its functions. */
export const definition: string = JSON.stringify(sandboxMachine.config);
