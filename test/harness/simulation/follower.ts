import type { HistoryRow } from '../../../src/server/store/store.ts';
import { must, Violation } from '../shared/violation.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** Somebody who watches a namespace, and goes on from where it was when its host is gone. */
export interface Follower {
  /** Throws unless it has been told of everything by now. */
  check(): void;
}

/** Begins to follow a namespace from its first change on. */
export function follow(world: World, supervisor: Supervisor, namespace: string): Follower {
  const { audit, counters, clock } = world;
  const seen: HistoryRow[] = [];
  const isOurs = (row: HistoryRow) => row.namespace === namespace;
  /** Where in the whole history the next row is looked for. */
  let place = 0;
  void goOn();

  async function goOn(): Promise<void> {
    const { host, life } = await supervisor.up();
    const over = new Promise<void>((resolve) => void life.onEnd(resolve));
    const controller = new AbortController();
    const watching = async () => {
      const after = seen.at(-1)?.sequence ?? 0;
      for await (const row of host.watch({ namespace, after, signal: controller.signal })) {
        if (life.isOver()) return;
        take(row);
      }
    };
    // The stream ends with its host, and breaks when the store fails it: either way the next one goes on.
    await Promise.race([over, watching().catch(() => counters.count('stream broken'))]);
    counters.count('stream resumed');
    await new Promise<void>((resolve) => void clock.wake(100, resolve));
    return goOn();
  }

  function take(row: HistoryRow): void {
    let next = audit.rows[place++];
    while (next !== undefined && !isOurs(next)) next = audit.rows[place++];
    if (next?.sequence !== row.sequence) {
      world.fail(
        new Violation(`the stream of ${namespace} tells ${row.sequence} where ${next?.sequence} comes`),
      );
    }
    seen.push(row);
  }

  return {
    check() {
      must(
        seen.length === audit.rows.filter(isOurs).length,
        `the stream of ${namespace} has not told of everything`,
      );
    },
  };
}
