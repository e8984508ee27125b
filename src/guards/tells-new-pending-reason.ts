import type { EventOf } from '../model/events.ts';
import { answersOperation } from './answers-operation.ts';
import type { Guard } from './guard.ts';

/** The boot in flight waits for something else than was known. */
export const tellsNewPendingReason: Guard<EventOf<'boot.progressed'>> = (sandbox, event) =>
  answersOperation(sandbox, event) ??
  (sandbox.pendingReason === event.pendingReason ? 'satisfied' : undefined);
