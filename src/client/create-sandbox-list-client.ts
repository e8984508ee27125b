import type { Sandbox } from '../model/sandbox.ts';
import { createContext } from './options.ts';
import { createListeners } from './replica/listeners.ts';
import { type Reconciliation, reconciliation } from './replica/reconcile.ts';
import { createReplicaCollection } from './replica/replica-collection.ts';
import type { SandboxView } from './replica/view.ts';
import type { SandboxListClient, SandboxListClientOptions, SandboxListView } from './sandbox-list-client.ts';

/** Makes list clients that go by these rules. */
export function listClientWith(
  own: Reconciliation,
): (options: SandboxListClientOptions) => SandboxListClient {
  return (options) => {
    const { add, tell } = createListeners();
    let link: Pick<SandboxListView, 'connection' | 'problem'> = { connection: 'stale', problem: null };
    let isStarted = false;
    let isLoaded = options.initial !== undefined;
    let snapshot: SandboxListView | undefined;
    let isTelling = false;

    const setting = createContext(options, own, {
      onUpdate(reading, requestedAt) {
        isTelling = true;
        const isInTime = members.onUpdate(reading, requestedAt);
        isLoaded ||= reading.isComplete === true;
        isTelling = false;
        changed();
        return isInTime;
      },
      onConnection(connection, problem) {
        link = { connection, problem };
        for (const member of members.all()) member.connected(connection, problem);
        changed();
      },
      sandboxId: () => undefined,
      known: () => undefined,
      isFinished: () => false,
    });
    const { feed } = setting;
    const members = createReplicaCollection(
      { ...setting, feed: { ...feed, start, stop() {} } },
      options.tabs,
      (member) => {
        member.connected(link.connection, link.problem);
        member.book.listen(changed);
        if (isStarted) member.start();
      },
    );

    function start(): void {
      if (isStarted) return;
      isStarted = true;
      for (const member of members.all()) member.start();
      feed.start();
    }

    function changed(): void {
      if (isTelling) return;
      snapshot = undefined;
      tell();
    }

    function getSnapshot(): SandboxListView {
      snapshot ??= Object.freeze({ sandboxes: known(), isLoaded, ...link });
      return snapshot;
    }

    const known = () =>
      members
        .all()
        .map((member) => member.client.getSnapshot())
        .filter(({ sandbox }) => sandbox !== null)
        .sort((a, b) => createdAt(b) - createdAt(a) || (a.id < b.id ? -1 : 1));

    for (const sandbox of options.initial ?? []) members.of(sandbox.id, sandbox as Sandbox);
    const first = getSnapshot();
    return {
      getSnapshot,
      getServerSnapshot: () => first,
      subscribe(listener) {
        const end = add(listener);
        start();
        return end;
      },
      sandbox: (id) => members.of(id).client,
      refresh() {
        start();
        feed.read();
      },
      dispose() {
        for (const member of members.all()) member.dispose();
        feed.stop();
      },
    };
  };
}

const createdAt = ({ sandbox }: SandboxView) => sandbox?.createdAt ?? 0;

/**
 * A client of all sandboxes of a namespace, told by one stream. Nothing is sent before the first `subscribe` or `refresh`.
 *
 * @example
 * const list = createSandboxListClient({ transport: httpTransport({ url: 'http://127.0.0.1:8080' }) });
 * list.subscribe(() => render(list.getSnapshot().sandboxes));
 * list.sandbox('s7jus08qec4axzgbpq76h').send('suspend');
 */
export function createSandboxListClient(options: SandboxListClientOptions): SandboxListClient {
  return listClientWith(reconciliation)(options);
}
