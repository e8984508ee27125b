import type { SandboxListClient, SandboxListView } from '../../../src/client/index.ts';
import type { Judge, View } from './judge.ts';
import { must } from './laws.ts';

/** One page that shows a list. */
export interface Page {
  readonly list: SandboxListClient;
  readonly isGone: boolean;
  /** What it shows of one sandbox. */
  view(id: string): View;
  /** What it shows of every sandbox that it ever showed. */
  views(): readonly View[];
  /** Every law about what a list may show at any instant. */
  look(): void;
  leave(): void;
  readonly counts: { left: number; appeared: number };
}

/** A page whose list is held against what the judges know of each sandbox. `isSubscribed`: it looks at every change. */
export function createPage(
  list: SandboxListClient,
  judgeOf: (id: string) => Judge,
  isSubscribed: boolean,
): Page {
  const views = new Map<string, View>();
  const left = new Set<string>();
  let last: SandboxListView | undefined;
  let breach: unknown;
  let isGone = false;
  const counts = { left: 0, appeared: 0 };
  if (isSubscribed) list.subscribe(glance);
  else list.refresh();

  /** Looks while the client's own code is running: what is found is told by the next look. */
  function glance(): void {
    try {
      look();
    } catch (error) {
      breach ??= error;
    }
  }

  function view(id: string): View {
    const known = views.get(id);
    if (known) return known;
    const judge = judgeOf(id);
    const seen = judge.see(list.sandbox(id));
    views.set(id, seen);
    if (isSubscribed) seen.client.subscribe(() => judge.glance(seen));
    return seen;
  }

  function look(): void {
    if (breach) throw breach;
    if (isGone) return;
    const snapshot = list.getSnapshot();
    must(snapshot === list.getSnapshot(), 'a list is the same until something changes');
    if (snapshot === last) return;
    const ids = snapshot.sandboxes.map(({ id }) => id);
    must(new Set(ids).size === ids.length, 'a list shows each sandbox once');
    for (const item of snapshot.sandboxes) {
      must(!left.has(item.id), 'what has left the list does not come back', () => item.id);
      must(view(item.id).client.getSnapshot() === item, 'the list shows what the client of each one shows');
    }
    snapshot.sandboxes.forEach((item, index) => {
      const before = snapshot.sandboxes[index - 1]?.sandbox;
      must((before?.createdAt ?? Infinity) >= (item.sandbox?.createdAt ?? 0), 'the newest come first');
    });
    for (const item of last?.sandboxes ?? []) {
      if (ids.includes(item.id)) continue;
      const { server } = judgeOf(item.id);
      const { pending, rollbacks } = view(item.id).client.getSnapshot();
      must(server.record().status === 'terminated', 'nothing leaves the list but what has ended', () => item);
      must(pending.length + rollbacks.length === 0, 'nothing leaves the list that there is word of');
      left.add(item.id);
      counts.left++;
    }
    if (last?.isLoaded)
      counts.appeared += ids.filter((id) => !last?.sandboxes.some((one) => one.id === id)).length;
    must(snapshot.isLoaded || !last?.isLoaded, 'a list that was read stays so');
    last = snapshot;
  }

  return {
    list,
    get isGone() {
      return isGone;
    },
    view,
    views: () => [...views.values()],
    look,
    counts,
    leave() {
      isGone = true;
      for (const seen of views.values()) seen.isGone = true;
    },
  };
}
