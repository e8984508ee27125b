import { setTimeout as sleep } from 'node:timers/promises';
import { createFollower, type ReceivedEvent } from '../kill/follower.ts';
import type { RequestLog } from '../kill/request-log.ts';
import type { Address } from '../kill/send-request.ts';
import type { Random } from '../shared/random.ts';

/** Clients that read the stream of all events, each now from this host and now from that one. */
export interface Readers {
  /** The events that each reader has received. */
  readonly received: readonly (readonly ReceivedEvent[])[];
  close(): Promise<void>;
}

/** The longest time that a reader stays at one host, in ms. */
const longestStayMs = 10_000;

/** Starts readers. Each resumes after its last event wherever it reads next. */
export function startReaders(
  count: number,
  {
    random,
    requestLog,
    anyAddress,
  }: {
    readonly random: Random;
    readonly requestLog: RequestLog;
    readonly anyAddress: () => Address | undefined;
  },
): Readers {
  const closing = new AbortController();
  const followers = Array.from({ length: count }, () =>
    createFollower(({ change }) => requestLog.recordChange(change)),
  );
  const reading = followers.map(async (follower) => {
    while (!closing.signal.aborted) {
      const address = anyAddress();
      const stay = AbortSignal.timeout(random.between(500, longestStayMs));
      if (address) await follower.follow(address, AbortSignal.any([stay, closing.signal]));
      await sleep(20);
    }
  });
  return {
    received: followers.map(({ received }) => received),
    async close() {
      closing.abort();
      await Promise.all(followers.map((follower) => follower.close()));
      await Promise.all(reading);
    },
  };
}
