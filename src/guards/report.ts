import type { OperationPayload, PayloadOf } from '../model/events.ts';
import type { Guard } from './guard.ts';

/** The report answers the operation in flight. A late report of an earlier operation is stale. */
export const answersOperation: Guard<OperationPayload> = (sandbox, event) =>
  sandbox.operation?.id === event.operation ? undefined : 'stale';

/** The report is about what runs now, not about an earlier incarnation. */
export const isSameIncarnation: Guard<PayloadOf<'crashed' | 'exited'>> = (sandbox, event) =>
  sandbox.incarnation === event.incarnation ? undefined : 'stale';

/** The program of what runs now ended by itself, with success. */
export const isSuccessfulExit: Guard<PayloadOf<'exited'>> = (sandbox, event) =>
  sandbox.incarnation === event.incarnation && event.exitCode === 0 ? undefined : 'stale';

/** The report is about the record as it is now, and not about an earlier time of the same sandbox. */
export const isSameVersion: Guard<PayloadOf<'lost'>> = (sandbox, event) =>
  sandbox.version === event.version ? undefined : 'stale';

/** The boot in flight waits for something else than before. */
export const hasNewPendingReason: Guard<PayloadOf<'boot.progressed'>> = (sandbox, event) => {
  if (sandbox.operation?.id !== event.operation) return 'stale';
  return sandbox.pendingReason === event.pendingReason ? 'satisfied' : undefined;
};

/** The operation in flight has another deadline than the event gives it. */
export const isOtherDeadline: Guard<PayloadOf<'deadline.moved'>> = ({ operation }, event) => {
  if (operation?.id !== event.operation) return 'stale';
  return operation.deadline === event.deadline ? 'satisfied' : undefined;
};
