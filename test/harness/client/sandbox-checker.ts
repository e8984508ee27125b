import type { CommandInput, SandboxClient } from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import type { CheckedSandbox, CheckedView, SentCommand } from './checked-sandbox.ts';
import { checkInvariants, must } from './invariants.ts';

/** Checks every invariant of one sandbox on the pages that show it. */
export interface SandboxChecker extends CheckedSandbox {
  /** Adds a page that shows the sandbox. */
  addView(client: SandboxClient): CheckedView;
  check(view: CheckedView): void;
  checkAll(): void;
  /** Checks while the client's own code is running: the next `checkAll` throws the failure. */
  observe(view: CheckedView): void;
  send(view: CheckedView, input: CommandInput, isConditional: boolean): void;
  recordSender(id: string, view: CheckedView): void;
  /** Whether every command of an open page has settled. */
  isSettled(): boolean;
}

/** Creates the checker of one sandbox. */
export function createSandboxChecker(
  given: Pick<CheckedSandbox, 'world' | 'server' | 'isVersioned' | 'omitsTerminated' | 'counters'>,
): SandboxChecker {
  const { world, server, isVersioned, counters } = given;
  const sandbox: CheckedSandbox = { ...given, views: [], commands: new Map(), senders: new Map() };
  const { views, commands, senders } = sandbox;
  let failure: unknown;

  function deferFailure(checks: () => void): void {
    try {
      checks();
    } catch (error) {
      failure ??= error;
    }
  }

  function check(view: CheckedView): void {
    if (view.isClosed) return;
    const now = view.client.getSnapshot();
    must(now === view.client.getSnapshot(), 'a snapshot is the same until something changes');
    const before = view.last;
    if (now === before) return;
    view.last = now;
    checkInvariants(sandbox, view, before, now);
    for (const entry of now.pending) if (entry.state === 'unknown') counters.count('unknown');
    counters.count(`connection ${now.connection}`);
  }

  function send(view: CheckedView, input: CommandInput, isConditional: boolean): void {
    check(view);
    const before = view.last;
    const record = server.record();
    const isAllowed = view.client.can(input);
    const isKnown = before.confirmed?.version === record.version && before.pending.length === 0;
    const ifVersion = isConditional && isVersioned ? before.confirmed?.version : undefined;
    const { id, settled } = view.client.send(input, { ifVersion });
    const result: SentCommand['result'] = {};
    settled.then((settlement) =>
      deferFailure(() => {
        must(result.settlement === undefined, 'a command settles once');
        Object.assign(result, { settlement, at: world.now() });
        // Checks at once that the page shows the effect of a command that has just settled.
        if (settlement.outcome === 'applied' || settlement.outcome === 'unchanged') check(view);
      }),
    );
    check(view);
    commands.set(id, {
      id,
      view,
      at: world.now(),
      result,
      predicted: view.last.sandbox as Sandbox | null,
      unopposedAfter: isKnown && isAllowed ? record.version : null,
    });
    must(
      !isAllowed || view.last.sandbox?.status === before.sandbox?.status || view.last.pending.length > 0,
      'a predicted command is pending',
    );
  }

  return {
    ...sandbox,
    check,
    addView(client) {
      const view: CheckedView = { client, isClosed: false, last: client.getSnapshot(), rollbacks: new Map() };
      views.push(view);
      return view;
    },
    checkAll() {
      if (failure) throw failure;
      for (const view of views) check(view);
    },
    observe: (view) => deferFailure(() => check(view)),
    send,
    recordSender(id, view) {
      senders.set(id, (senders.get(id) ?? new Set()).add(view));
    },
    isSettled: () => [...commands.values()].every(({ view, result }) => view.isClosed || result.settlement),
  };
}
