import type { Sandbox } from '../machine/sandbox.ts';
import type { Readable, SandboxClient } from './client.ts';
import { type Connection, createFeed, type Feed } from './feed.ts';
import { type ClientOptions, settingOf } from './options.ts';
import { createReplica, type Replica } from './replica.ts';
import { type Rules, rules } from './rules.ts';
import type { SandboxSnapshot, ShownSandbox } from './snapshot.ts';
import type { Change } from './transport.ts';

/** What a client of many sandboxes takes. */
export interface SandboxListClientOptions extends ClientOptions {
  /** The records that are known already, as for a page that a server rendered. */
  readonly initial?: readonly ShownSandbox[] | undefined;
}

/** All that a page shows of many sandboxes. */
export interface SandboxListSnapshot {
  /** The newest first. */
  readonly sandboxes: readonly SandboxSnapshot[];
  /** Whether the list has been read, so that an empty one means that there is none. */
  readonly isLoaded: boolean;
  readonly connection: Connection;
  /** Why the connection is not as it should be: one sentence, or null. */
  readonly problem: string | null;
}

/** Many sandboxes, told by one stream. */
export interface SandboxListClient extends Readable<SandboxListSnapshot> {
  /** The client of one of them. Its `dispose` lets nothing go: the list does. */
  sandbox(id: string): SandboxClient;
  /** Asks the server now. */
  refresh(): void;
  /** Lets go of everything. */
  dispose(): void;
}

/** Makes list clients that go by these rules. */
function listClientWith(own: Rules): (options: SandboxListClientOptions) => SandboxListClient {
  return (options) => {
    const setting = settingOf(options, own);
    const replicas = new Map<string, Replica>();
    const listeners = new Set<() => void>();
    let link: Pick<SandboxListSnapshot, 'connection' | 'problem'> = { connection: 'stale', problem: null };
    let isStarted = false;
    let isLoaded = options.initial !== undefined;
    let snapshot: SandboxListSnapshot | undefined;
    let isTelling = false;

    const feed: Feed = createFeed(setting, {
      told({ sandboxes, changes = [], isComplete }, begun) {
        isTelling = true;
        let isInTime = true;
        const newest = new Map<string, Sandbox>();
        for (const sandbox of [...sandboxes, ...changes.map((change) => change.sandbox)]) {
          const known = newest.get(sandbox.id);
          if (!known || known.version <= sandbox.version) newest.set(sandbox.id, sandbox);
        }
        for (const [id, sandbox] of newest) {
          const steps = changes.filter((change: Change) => change.sandbox.id === id);
          isInTime = replicaOf(id).receive({ sandbox, changes: steps, begun }) && isInTime;
        }
        if (isComplete) {
          isLoaded = true;
          for (const [id, replica] of replicas)
            if (!newest.has(id) && isGone(replica, begun)) replicas.delete(id);
        }
        isTelling = false;
        changed();
        return isInTime;
      },
      connected(connection, problem) {
        link = { connection, problem };
        for (const replica of replicas.values()) replica.connected(connection, problem);
        changed();
      },
      sandboxId: () => undefined,
      known: () => undefined,
      isFinished: () => false,
    });

    function start(): void {
      if (isStarted) return;
      isStarted = true;
      for (const replica of replicas.values()) replica.start();
      feed.start();
    }

    function replicaOf(id: string, initial?: Sandbox): Replica {
      const known = replicas.get(id);
      if (known) return known;
      const replica = createReplica(setting, id, initial, { start, read: feed.read });
      replicas.set(id, replica);
      replica.connected(link.connection, link.problem);
      replica.book.listen(changed);
      if (isStarted) replica.start();
      return replica;
    }

    /** Whether a list that was asked for then leaves a sandbox out because it is gone, and not because it is newer. */
    function isGone(replica: Replica, begun: number): boolean {
      const { pending, rollbacks } = replica.client.getSnapshot();
      const { truth } = replica.book.state();
      return truth !== null && truth.came < begun && pending.length === 0 && rollbacks.length === 0;
    }

    function changed(): void {
      if (isTelling) return;
      snapshot = undefined;
      for (const listener of [...listeners]) listener();
    }

    function getSnapshot(): SandboxListSnapshot {
      snapshot ??= Object.freeze({ sandboxes: known(), isLoaded, ...link });
      return snapshot;
    }

    const known = () =>
      [...replicas.values()]
        .map((replica) => replica.client.getSnapshot())
        .filter(({ sandbox }) => sandbox !== null)
        .sort((a, b) => createdAt(b) - createdAt(a) || (a.id < b.id ? -1 : 1));

    for (const sandbox of options.initial ?? []) replicaOf(sandbox.id, sandbox as Sandbox);
    const first = getSnapshot();
    return {
      getSnapshot,
      getServerSnapshot: () => first,
      subscribe(listener) {
        listeners.add(listener);
        start();
        return () => listeners.delete(listener);
      },
      sandbox: (id) => replicaOf(id).client,
      refresh() {
        start();
        feed.read();
      },
      dispose() {
        for (const replica of replicas.values()) replica.client.dispose();
        feed.stop();
      },
    };
  };
}

const createdAt = ({ sandbox }: SandboxSnapshot) => sandbox?.createdAt ?? 0;

/**
 * A client of all sandboxes of a namespace, told by one stream. Nothing is sent before the first `subscribe` or `refresh`.
 *
 * @example
 * const list = createSandboxListClient({ transport: httpTransport({ url: 'http://127.0.0.1:8080' }) });
 * list.subscribe(() => render(list.getSnapshot().sandboxes));
 * list.sandbox('s7jus08qec4axzgbpq76h').send('suspend');
 */
export const createSandboxListClient: (options: SandboxListClientOptions) => SandboxListClient =
  listClientWith(rules);
