import type { EventOf } from '../../model/events.ts';
import type { Update } from './update.ts';

/** Sets or changes the name. */
export const rename: Update<EventOf<'rename'>> = (_sandbox, event) => ({ name: event.name });

/** Restarts the time limit, because of activity. */
export const extendLimit: Update = ({ timeoutMs }, event) => ({
  expiresAt: timeoutMs === null ? null : event.at + timeoutMs,
});
