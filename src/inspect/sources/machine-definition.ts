import { lifecycle } from '../../machine/lifecycle.ts';

/** The machine in the form that Stately's inspector reads: the literal, without the bodies of its functions. */
export const definition: string = JSON.stringify(lifecycle.config);
