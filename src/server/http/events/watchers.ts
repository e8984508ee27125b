import { createKeyedCounts } from '../../../utils/keyed-counts.ts';
import { problem, type Reply } from '../response/reply.ts';

/** The open event streams and waits of an API, which all are requests that stay open. */
export interface Watchers {
  /** Counts one more of a namespace. Returns the function that ends it, or a reply with the reason against it. */
  enter(namespace: string): (() => void) | Reply;
}

/** The most streams and waits of all namespaces together. */
const mostInAll = 5_000;

/** Creates an empty count. `most` is the quota of each namespace; null is without a limit. */
export function createWatchers(most: number | null): Watchers {
  const byNamespace = createKeyedCounts();
  let inAll = 0;

  return {
    enter(namespace) {
      if (inAll >= mostInAll) return tooMany(`This server has ${mostInAll} open streams and waits`);
      if (most !== null && byNamespace.of(namespace) >= most)
        return tooMany(`The namespace has ${most} open streams and waits`);
      inAll += 1;
      const leaveNamespace = byNamespace.enter(namespace);
      let hasLeft = false;
      return () => {
        if (hasLeft) return;
        hasLeft = true;
        inAll -= 1;
        leaveNamespace();
      };
    },
  };
}

/** The reply to a stream or a wait above a limit. */
export function tooMany(what: string): Reply {
  return problem('too_many_streams', `${what}, which is the limit; close some, or try again later.`, {
    'retry-after': '5',
  });
}
