import type { World } from './world.ts';

/** How much happened in a world. */
export interface Report {
  readonly driver: string;
  /** How many sandboxes there were, and requests that were sent, each time counted. */
  readonly sandboxes: number;
  readonly answered: number;
  /** Sent, and the server went down first. */
  readonly unanswered: number;
  /** Of those, how many had been done all the same. */
  readonly doneUnanswered: number;
  /** Requests that were sent more than once. */
  readonly repeated: number;
  /** By type, how many rows of history there are. */
  readonly events: Readonly<Record<string, number>>;
}

/** Counts what happened in a world, so that a test can see that something did. */
export function reportOf({ driver, requestLog, history }: World): Report {
  const attempts = requestLog.requests.flatMap((request) => request.attempts);
  const unanswered = attempts.filter(({ answer }) => answer === null);
  const events: Record<string, number> = {};
  for (const { event } of history.rows) events[event.type] = (events[event.type] ?? 0) + 1;
  return {
    driver,
    sandboxes: events['created'] ?? 0,
    answered: attempts.length - unanswered.length,
    unanswered: unanswered.length,
    doneUnanswered: history.causedBy(unanswered.map(({ requestId }) => requestId)).length,
    repeated: requestLog.requests.filter((request) => request.attempts.length > 1).length,
    events,
  };
}
