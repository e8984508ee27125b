import { HistoryDeletedError } from '../../../src/server/errors.ts';
import type { Host } from '../../../src/server/host.ts';
import type { HistoryRow } from '../../../src/server/store/records.ts';
import { must, Violation } from '../shared/violation.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** A client that watches a namespace, and reconnects after its last row when its host stops. */
export interface Follower {
  /** Throws unless the follower has received every row of the namespace. */
  check(): void;
}

/** Follows a namespace from its first change. */
export function follow(world: World, supervisor: Supervisor, namespace: string): Follower {
  const { audit, counters, clock } = world;
  const seen: HistoryRow[] = [];
  const isOurs = (row: HistoryRow) => row.namespace === namespace;
  /** The index in the whole history from which to search for the next expected row. */
  let place = 0;
  let position = 0;
  /** Whether retention has deleted rows that the follower has not received. It then starts at the end, as a client that reads the list. */
  let isLost = false;
  let skipped = 0;
  void connect();

  async function connect(): Promise<void> {
    const { host, life } = await supervisor.runningHost();
    const over = new Promise<void>((resolve) => void life.onEnd(resolve));
    const controller = new AbortController();
    const watching = async () => {
      const after = isLost ? await skip(host) : position;
      for await (const row of host.watch({ namespace, after, signal: controller.signal })) {
        if (life.isOver()) return;
        receive(row);
      }
    };
    // The stream ends with its host, or breaks when the store fails. The next stream continues in both cases.
    const broken = (error: unknown) => {
      isLost ||= error instanceof HistoryDeletedError;
      counters.count('stream broken');
    };
    await Promise.race([over, watching().catch(broken)]);
    counters.count('stream resumed');
    await new Promise<void>((resolve) => void clock.wake(100, resolve));
    return connect();
  }

  function receive(row: HistoryRow): void {
    let next = audit.rows[place++];
    while (next !== undefined && !isOurs(next)) next = audit.rows[place++];
    if (next?.sequence !== row.sequence) {
      world.fail(
        new Violation(`the stream of ${namespace} sends row ${row.sequence} instead of ${next?.sequence}`),
      );
    }
    seen.push(row);
    position = row.sequence;
  }

  async function skip(host: Host): Promise<number> {
    position = await host.position();
    isLost = false;
    for (
      let row = audit.rows[place];
      row !== undefined && row.sequence <= position;
      row = audit.rows[++place]
    )
      if (isOurs(row)) skipped += 1;
    return position;
  }

  return {
    check() {
      must(
        seen.length + skipped === audit.rows.filter(isOurs).length,
        `the stream of ${namespace} has not sent every row`,
      );
    },
  };
}
