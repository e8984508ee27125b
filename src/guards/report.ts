import type { Answering, EventOf } from '../model/events.ts';
import type { Guard } from './guard.ts';

/** The report answers the operation in flight. A late report of an earlier operation is stale. */
export const answersOperation: Guard<Answering> = (sandbox, event) =>
  sandbox.operation?.id === event.operation ? undefined : 'stale';

/** The report is about what runs now, not about an earlier incarnation. */
export const isSameIncarnation: Guard<EventOf<'crashed'>> = (sandbox, event) =>
  sandbox.incarnation === event.incarnation ? undefined : 'stale';

/** The boot in flight waits for something else than before. */
export const hasNewPendingReason: Guard<EventOf<'boot.progressed'>> = (sandbox, event) =>
  answersOperation(sandbox, event) ??
  (sandbox.pendingReason === event.pendingReason ? 'satisfied' : undefined);
