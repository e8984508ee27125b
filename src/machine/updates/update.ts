import type { Payload } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Draft } from '../../model/sandbox.ts';

/**
 * The change of one transition, written to a copy of the record whose `version` and `updatedAt` are already those of the
 * new one. Reads nothing but its arguments.
 */
export type Update<Event extends Payload = Payload> = (
  draft: Draft,
  event: Event,
  at: number,
  policy: Policy,
) => void;
