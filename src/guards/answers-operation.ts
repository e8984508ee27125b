import type { Answering } from '../model/events.ts';
import type { Guard } from './guard.ts';

/** The report answers the operation in flight. A late word about an earlier one is stale. */
export const answersOperation: Guard<Answering> = (sandbox, event) =>
  sandbox.operation?.id === event.operation ? undefined : 'stale';
