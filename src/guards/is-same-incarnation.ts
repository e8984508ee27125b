import type { EventOf } from '../model/events.ts';
import type { Guard } from './guard.ts';

/** The report is about the thing that runs now, not about an earlier one. */
export const isSameIncarnation: Guard<EventOf<'crashed'>> = (sandbox, event) =>
  sandbox.incarnation === event.incarnation ? undefined : 'stale';
