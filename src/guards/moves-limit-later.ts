import type { Guard } from './guard.ts';

/** There is a limit, and counting it from now on would move it later. */
export const movesLimitLater: Guard = ({ timeoutMs, expiresAt }, event) =>
  timeoutMs !== null && expiresAt !== null && event.at + timeoutMs > expiresAt ? undefined : 'satisfied';
