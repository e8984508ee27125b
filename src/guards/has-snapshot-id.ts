import type { EventOf } from '../model/events.ts';
import type { Guard } from './guard.ts';

/** The snapshot to come can be told from others. */
export const hasSnapshotId: Guard<EventOf<'snapshot'>> = (_sandbox, event) =>
  event.snapshotId !== ''
    ? undefined
    : {
        code: 'invalid',
        because: 'the snapshot id is empty',
        help: 'give an id of at least one character that no other snapshot has',
      };
