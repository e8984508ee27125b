import { randomUUID } from 'node:crypto';
import type { Notification, PoolClient } from 'pg';
import type { SharedStore } from '../shared.ts';
import type { Connections } from './connections.ts';
import { releaseClaim, takeServerLock } from './open.ts';

/** Hints between the hosts of a schema. */
export interface Hints extends Pick<SharedStore, 'onHint'> {
  /** Gives the other hosts a hint, in the background. Hints that wait for the same call share it. */
  announce(sandboxId: string): void;
  /** Gives the other hosts a hint that one has left, in the background. */
  announceLeave(): void;
  close(): Promise<void>;
}

interface HintParts {
  readonly connections: Connections;
  /** The connection that keeps the right to write. The hints keep it, and replace it when it breaks. */
  readonly client: PoolClient;
  readonly schema: string;
  readonly lastSequence: () => Promise<number>;
}

/** How long a host that cannot listen waits between two reads of the history, in ms. */
const pollMs = 250;

/** The time between two looks at the connection that listens, in ms. */
const checkMs = 5_000;

/** The most bytes of one notification. PostgreSQL allows fewer than 8,000. */
const mostBytes = 7_000;

/** The most rows of history in one poll. Hints beyond them are lost, which a heartbeat makes up for. */
const mostRows = 1_000;

/**
 * Creates the hints of a store. They listen on a connection of their own, and read the history every 250 ms from when that
 * connection breaks until another one has received a notification. Resolves when the first connection listens, or cannot.
 */
export async function createHints({ connections, client, schema, lastSequence }: HintParts): Promise<Hints> {
  const channel = `hints_${schema}`;
  const own = randomUUID();
  const listeners = new Set<(sandboxIds: readonly string[]) => void>();
  const tell = (ids: readonly string[]) => {
    for (const listener of listeners) listener(ids);
  };
  const notify = async (ids: readonly string[]) => {
    const payload = JSON.stringify({ from: own, ids });
    await connections.write('SELECT pg_notify($1, $2)', [channel, payload]);
  };
  const poll = createPolling(connections, lastSequence, tell);
  const listening = createListening({ connections, channel, schema, probe: () => notify([]) });
  const outbox = createOutbox(notify);
  listening.onNotification = (text) => {
    const hint = readHint(text);
    if (hint?.from === own) listening.prove();
    else if (hint) tell(hint.ids);
  };
  await poll.skip();
  await listening.begin(client);

  let closed = false;
  let timer: NodeJS.Timeout;
  let busy: Promise<void> = Promise.resolve();
  let lastCheck = performance.now();
  let isCaughtUp = false;
  schedule();

  return {
    announce: outbox.add,
    announceLeave: outbox.addLeave,
    onHint(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await busy;
      await outbox.drained();
      await listening.close();
    },
  };

  function schedule(): void {
    timer = setTimeout(() => {
      busy = look().finally(() => {
        if (!closed) schedule();
      });
    }, pollMs);
    timer.unref();
  }

  /** Polls while nothing listens. Else looks after the connection now and then. A failed look is followed by another one. */
  async function look(): Promise<void> {
    try {
      if (!listening.isProven()) {
        isCaughtUp = false;
        await poll.read();
        if (!listening.isOpen()) await listening.reopen();
      } else if (!isCaughtUp) {
        // A commit between the last poll and the begin of the connection is in neither.
        await poll.read();
        isCaughtUp = true;
      } else if (performance.now() - lastCheck > checkMs) {
        lastCheck = performance.now();
        await listening.check();
        await poll.skip();
      }
    } catch {}
  }
}

/** Reads a notification; undefined for one that another program has sent. */
function readHint(text: string): { readonly from: string; readonly ids: readonly string[] } | undefined {
  try {
    const { from, ids } = JSON.parse(text);
    const isHint =
      typeof from === 'string' && Array.isArray(ids) && ids.every((id) => typeof id === 'string');
    return isHint ? { from, ids } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the ids of changed sandboxes from the history. */
function createPolling(
  { read }: Connections,
  lastSequence: () => Promise<number>,
  tell: (ids: readonly string[]) => void,
) {
  let position = 0;
  return {
    /** Passes over everything until now, because notifications have had it. */
    async skip(): Promise<void> {
      position = await lastSequence();
    },
    async read(): Promise<void> {
      const last = await lastSequence();
      if (last === position) return;
      const rows = await read<{ sandbox_id: string }>(
        'SELECT sandbox_id FROM history WHERE sequence > $1::bigint ORDER BY sequence DESC LIMIT $2',
        [position, mostRows],
      );
      position = last;
      if (rows.length > 0) tell([...new Set(rows.map(({ sandbox_id }) => sandbox_id))]);
    },
  };
}

/** Sends hints one call after the other; what arrives meanwhile goes into the next one. */
function createOutbox(notify: (ids: readonly string[]) => Promise<void>) {
  let waiting = new Set<string>();
  let isLeaving = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // The commits of one turn of the event loop share a call.
    await Promise.resolve();
    while (waiting.size > 0 || isLeaving) {
      if (isLeaving) await notify([]).catch(() => {});
      isLeaving = false;
      const ids = [...waiting];
      waiting = new Set();
      // A hint may be lost.
      for (const part of parted(ids)) await notify(part).catch(() => {});
    }
    running = undefined;
  }

  return {
    addLeave(): void {
      isLeaving = true;
      running ??= run();
    },
    add(sandboxId: string): void {
      waiting.add(sandboxId);
      running ??= run();
    },
    drained: async () => running,
  };
}

/** Parts that each fit into one notification. An id that alone is too long is left out. */
function parted(ids: readonly string[]): string[][] {
  const parts: string[][] = [];
  let bytes = mostBytes;
  for (const id of ids) {
    const own = Buffer.byteLength(JSON.stringify(id)) + 1;
    if (own > mostBytes) continue;
    if (bytes + own > mostBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(id);
    bytes += own;
  }
  return parts;
}

interface ListeningParts {
  readonly connections: Connections;
  readonly channel: string;
  readonly schema: string;
  /** Sends a notification to this host itself, which proves that its connection listens. */
  readonly probe: () => Promise<void>;
}

/** The connection that listens, and that keeps the right to write. */
function createListening({ connections: { pool }, channel, schema, probe }: ListeningParts) {
  let current: PoolClient | undefined;
  let proven = false;

  const listening = {
    onNotification: (_: string) => {},
    isOpen: () => current !== undefined,
    /** Whether a notification has come through the present connection: a pooler may accept LISTEN and then deliver nothing. */
    isProven: () => proven,
    prove() {
      proven = current !== undefined;
    },
    async begin(client: PoolClient): Promise<void> {
      current = client;
      const lose = () => {
        if (current !== client) return;
        current = undefined;
        proven = false;
        client.release(true);
      };
      client.on('error', lose);
      client.on('end', lose);
      client.on('notification', ({ payload }: Notification) => listening.onNotification(payload ?? ''));
      try {
        await client.query(`LISTEN ${channel}`);
        await probe();
      } catch {
        lose();
      }
    },
    /** Opens another connection in place of one that broke. Rejects when it cannot. */
    async reopen(): Promise<void> {
      const client = await pool.connect();
      try {
        if (!(await takeServerLock(client, schema, 'many')))
          throw new Error('Another server uses the schema.');
      } catch (error) {
        client.release(true);
        throw error;
      }
      await listening.begin(client);
    },
    /** Notices a connection that has ended without a word. */
    async check(): Promise<void> {
      const client = current;
      await client?.query('SELECT 1').catch(() => client.emit('end'));
    },
    async close(): Promise<void> {
      const client = current;
      current = undefined;
      if (client) await releaseClaim(client);
    },
  };
  return listening;
}
