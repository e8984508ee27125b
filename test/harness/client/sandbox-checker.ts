import type { CommandInput, SandboxClient } from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import type { CheckedSandbox, CheckedView, SentCommand } from './checked-sandbox.ts';
import { checkInclusion, checkInvariants, must } from './invariants.ts';
import { times } from './limits.ts';

/** Checks every invariant of one sandbox on the pages that show it. */
export interface SandboxChecker extends CheckedSandbox {
  /** Adds a page that shows the sandbox. */
  addView(client: SandboxClient, account?: string): CheckedView;
  check(view: CheckedView): void;
  checkAll(): void;
  /** Checks while the client's own code is running: the next `checkAll` throws the failure. */
  observe(view: CheckedView): void;
  /** Sends a command. Returns its id. */
  send(view: CheckedView, input: CommandInput, isConditional: boolean): string;
  /** Records the violation of an invariant while other code is running: the next `checkAll` throws it. */
  require(condition: boolean, invariant: string): void;
  recordSender(id: string, view: CheckedView): void;
  /** Records that the user of this account has logged out. */
  forget(account: string): void;
  /** Whether every command of an open page has settled. */
  isSettled(): boolean;
}

/** The longest time that a message takes from tab to tab, in ms. */
const messageMs = 5;

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

  function send(view: CheckedView, input: CommandInput, isConditional: boolean): string {
    check(view);
    const before = view.last;
    const record = server.record();
    const isAllowed = view.client.can(input);
    const isKnown = before.confirmed?.version === record.version;
    const ifVersion = isConditional && isVersioned ? before.confirmed?.version : undefined;
    const { id, settled } = view.client.send(input, { ifVersion });
    const result: SentCommand['result'] = {};
    // A double click joins the pending command.
    const isJoined = commands.has(id);
    if (isJoined) counters.count('joined');
    settled.then((settlement) =>
      deferFailure(() => {
        if (isJoined) return;
        must(result.settlement === undefined, 'a command settles once');
        Object.assign(result, { settlement, at: world.now() });
        // Checks at once that the page shows the effect of a command that has just settled.
        if (settlement.outcome !== 'applied' && settlement.outcome !== 'unchanged') return;
        check(view);
        if (!view.isClosed && !view.left.has(id) && server.restores() === 0)
          checkInclusion(sandbox, id, 'acknowledged', view.last);
      }),
    );
    check(view);
    // A page that was away learns of the commands of other tabs when it sends one.
    const isAlone = view.last.pending.every((entry) => entry.id === id);
    if (!isJoined)
      commands.set(id, {
        id,
        view,
        at: world.now(),
        result,
        forgottenAt: Number.POSITIVE_INFINITY,
        predicted: view.last.sandbox as Sandbox | null,
        unopposedAfter: isKnown && isAllowed && isAlone ? record.version : null,
      });
    if (isAllowed && typeof input === 'object' && input.type === 'rename')
      must(view.last.sandbox?.name === input.name, 'a page shows the last click', () => input);
    must(
      !isAllowed || view.last.sandbox?.status === before.sandbox?.status || view.last.pending.length > 0,
      'a predicted command is pending',
    );
    return id;
  }

  return {
    ...sandbox,
    check,
    addView(client, account = '') {
      const last = client.getSnapshot();
      const view: CheckedView = {
        ...{ client, account, isClosed: false, last },
        ...{ rollbacks: new Map(), left: new Set() },
      };
      views.push(view);
      return view;
    },
    checkAll() {
      if (failure) throw failure;
      for (const view of views) check(view);
    },
    require: (condition, invariant) => deferFailure(() => must(condition, invariant)),
    observe: (view) => deferFailure(() => check(view)),
    send,
    recordSender(id, view) {
      deferFailure(() => {
        const command = commands.get(id);
        if (!command) return;
        must(command.view.account === view.account, 'no command is sent for another account', () => id);
        must(world.now() <= command.at + times.deadlineMs, 'no command is sent after its time', () => id);
        must(
          world.now() <= command.forgottenAt + messageMs || command.at > command.forgottenAt,
          'no command is sent after its account was forgotten',
          () => id,
        );
      });
      senders.set(id, (senders.get(id) ?? new Set()).add(view));
    },
    forget(account) {
      for (const command of commands.values())
        if (command.view.account === account)
          command.forgottenAt = Math.min(command.forgottenAt, world.now());
    },
    isSettled: () => [...commands.values()].every(({ view, result }) => view.isClosed || result.settlement),
  };
}
