import { nextDeadline } from '../model/duties.ts';
import type { Guard } from './guard.ts';

/** The deadline of the state has passed. An early, late, doubled or stale alarm is safe because of this. */
export const isDue: Guard = (sandbox, event) => {
  const deadline = nextDeadline(sandbox);
  return deadline !== null && event.at >= deadline ? undefined : 'not_due';
};
