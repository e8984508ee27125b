import type { Guard } from './guard.ts';
import { isDue } from './is-due.ts';
import { isNamed } from './is-named.ts';

/** The limit is up, and the sandbox is of the kind that suspends then. */
export const isDueAndNamed: Guard = (sandbox, event) => isDue(sandbox, event) ?? isNamed(sandbox, event);
