import type { EventOf } from '../../model/events.ts';
import type { Update } from './update.ts';

/** A name is given or changed. */
export const rename: Update<EventOf<'rename'>> = (_sandbox, event) => ({ name: event.name });

/** Activity: the limit counts from now. */
export const extendLimit: Update = ({ timeoutMs }, event) => ({
  expiresAt: timeoutMs === null ? null : event.at + timeoutMs,
});
