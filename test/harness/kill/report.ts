import type { World } from './world.ts';

/** Counts of what happened in a world. */
export interface Report {
  readonly driver: string;
  readonly sandboxes: number;
  /** Attempts of requests that got a response. */
  readonly answered: number;
  /** Attempts without a response, because the server went down first. */
  readonly unanswered: number;
  /** Attempts without a response that took effect. */
  readonly doneUnanswered: number;
  /** Requests with more than one attempt. */
  readonly repeated: number;
  /** The number of rows of history, by event type. */
  readonly events: Readonly<Record<string, number>>;
}

/** Counts what happened in a world, so that a test can check its coverage. */
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
