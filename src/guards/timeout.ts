import { nextDeadline } from '../model/duties.ts';
import { isNamed } from './command.ts';
import type { Guard } from './guard.ts';

/** The deadline of the state has passed. This check makes early, late, doubled and stale alarms safe. */
export const isDue: Guard = (sandbox, _event, at) => {
  const deadline = nextDeadline(sandbox);
  return deadline !== null && at >= deadline ? undefined : 'not_due';
};

/** The limit has expired, and the sandbox is one that suspends then. */
export const isDueAndNamed: Guard = (sandbox, event, at) =>
  isDue(sandbox, event, at) ?? isNamed(sandbox, event, at);
