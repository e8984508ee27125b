import type { SandboxListClient, SandboxListView, SandboxView } from '../../../src/client/index.ts';
import type { CheckedView } from './checked-sandbox.ts';
import { must } from './invariants.ts';
import type { SandboxChecker } from './sandbox-checker.ts';

/** Checks every invariant of a list on one page. */
export interface ListChecker {
  readonly list: SandboxListClient;
  readonly isClosed: boolean;
  /** The view of one sandbox. */
  view(id: string): CheckedView;
  /** The views of every sandbox that the list ever showed. */
  views(): readonly CheckedView[];
  check(): void;
  close(): void;
  readonly counts: { removed: number; appeared: number };
}

/** Creates the checker of a list. `isSubscribed`: it checks at every change. */
export function createListChecker(
  list: SandboxListClient,
  checkerOf: (id: string) => SandboxChecker,
  isSubscribed: boolean,
): ListChecker {
  const views = new Map<string, CheckedView>();
  const removed = new Set<string>();
  let last: SandboxListView | undefined;
  let failure: unknown;
  let isClosed = false;
  const counts = { removed: 0, appeared: 0 };
  if (isSubscribed) list.subscribe(observe);
  else list.refresh();

  /** Checks while the client's own code is running: the next check throws the failure. */
  function observe(): void {
    try {
      check();
    } catch (error) {
      failure ??= error;
    }
  }

  function view(id: string): CheckedView {
    const known = views.get(id);
    if (known) return known;
    const checker = checkerOf(id);
    const added = checker.addView(list.sandbox(id));
    views.set(id, added);
    if (isSubscribed) added.client.subscribe(() => checker.observe(added));
    return added;
  }

  function checkRemoved({ id }: SandboxView): void {
    const { pending, rollbacks } = view(id).client.getSnapshot();
    const hasEnded = checkerOf(id).server.record().status === 'terminated';
    must(hasEnded, 'only terminated sandboxes are removed', () => id);
    must(pending.length + rollbacks.length === 0, 'no removed sandbox has pending commands or rollbacks');
    removed.add(id);
    counts.removed++;
  }

  function check(): void {
    if (failure) throw failure;
    if (isClosed) return;
    const now = list.getSnapshot();
    must(now === list.getSnapshot(), 'a list is the same until something changes');
    const before = last;
    if (now === before) return;
    checkOrder(now);
    for (const item of now.sandboxes) {
      must(!removed.has(item.id), 'a removed sandbox does not come back', () => item.id);
      must(view(item.id).client.getSnapshot() === item, 'the list shows the views of its clients');
    }
    const isIn = (id: string, { sandboxes }: SandboxListView) => sandboxes.some((one) => one.id === id);
    for (const item of before?.sandboxes ?? []) if (!isIn(item.id, now)) checkRemoved(item);
    if (before?.isLoaded) counts.appeared += now.sandboxes.filter(({ id }) => !isIn(id, before)).length;
    must(now.isLoaded || !before?.isLoaded, 'a loaded list remains loaded');
    last = now;
  }

  return {
    list,
    get isClosed() {
      return isClosed;
    },
    view,
    views: () => [...views.values()],
    check,
    counts,
    close() {
      isClosed = true;
      for (const one of views.values()) one.isClosed = true;
    },
  };
}

function checkOrder({ sandboxes }: SandboxListView): void {
  const ids = new Set(sandboxes.map(({ id }) => id));
  must(ids.size === sandboxes.length, 'a list shows each sandbox once');
  sandboxes.forEach(({ sandbox }, index) => {
    const before = sandboxes[index - 1]?.sandbox;
    must((before?.createdAt ?? Infinity) >= (sandbox?.createdAt ?? 0), 'the newest come first');
  });
}
