import type { SandboxClientOptions } from '../../../src/client/create-sandbox-client.ts';
import type { SandboxClient, SandboxView, SendRequest } from '../../../src/client/index.ts';
import { type Counters, createCounters } from '../shared/counters.ts';
import { createRandom } from '../shared/random.ts';
import { backendOf } from './backend.ts';
import type { CheckedView } from './checked-sandbox.ts';
import { checkConvergence, checkSettlements } from './final-invariants.ts';
import { must } from './invariants.ts';
import { policy, times } from './limits.ts';
import { createNetwork, type Network, noFaults } from './network.ts';
import { createSandboxChecker, type SandboxChecker } from './sandbox-checker.ts';
import type { Act, Schedule } from './schedule.ts';
import { createBrowser } from './simulated-browser.ts';
import { createServerAt } from './simulated-server.ts';
import { openTab, type ShareTabs } from './tab.ts';
import { createWorld } from './world.ts';

/** A page that shows the sandbox, and its tab. */
interface Page {
  readonly view: CheckedView;
  /** Subscribes as a component does; or reads once, if the schedule has no subscriptions. */
  mount(): void;
  unmount(): void;
  /** Logs the user out. */
  forget(): void;
  kill(): void;
}

/** The simulation of one schedule. */
interface Run {
  readonly schedule: Schedule;
  readonly checker: SandboxChecker;
  readonly network: Network;
  readonly pages: Page[];
  open(): Page;
}

/** Runs one schedule with clients of one kind, and checks every invariant of a client. */
export async function runSchedule(
  createClient: (options: SandboxClientOptions) => SandboxClient,
  schedule: Schedule,
  isVersioned: boolean,
  counters = createCounters(),
  share?: ShareTabs,
): Promise<void> {
  const run = createRun(createClient, schedule, isVersioned, counters, share);
  const { checker, network, pages, open } = run;
  const { world, server } = checker;
  for (let count = 0; count < schedule.tabs; count++) pages.push(open());
  for (const { afterMs, act } of schedule.acts) {
    await world.runUntil(world.now() + afterMs, checker.checkAll);
    counters.count(`act ${act.do}`);
    perform(run, act);
  }
  await world.runUntil(world.now() + longestAwayMs, checker.checkAll);
  network.faults = noFaults;
  // A page of a terminated sandbox stops to read, and learns of a restored database when the user asks.
  if (server.restores() > 0) for (const client of openClients(checker)) client.refresh();
  await untilQuiet(run);
  server.freeze();
  await world.runUntil(world.now() + network.drainMs(), checker.checkAll);
  // Meanwhile a client may have noticed that an earlier restart ended its stream.
  await untilQuiet(run);
  checkEnd(run);
  counters.addRecord(network.counts, 'network ');
  counters.addRecord(server.counts, 'server ');
}

/** Runs until all clients are at rest, or until every command and every back-off must be over. */
async function untilQuiet(run: Run): Promise<void> {
  const { world, checkAll } = run.checker;
  const latest = world.now() + times.deadlineMs + 15_000;
  do await world.runUntil(world.now() + 500, checkAll);
  while (!isQuiet(run) && world.now() < latest);
}

function createRun(
  createClient: (options: SandboxClientOptions) => SandboxClient,
  schedule: Schedule,
  isVersioned: boolean,
  counters: Counters,
  share: ShareTabs | undefined,
): Run {
  const world = createWorld(1_000_000);
  const random = createRandom(schedule.seed).next;
  const { failures, aheadMs } = schedule;
  const platform = { world, random, policy, failures, aheadMs, keepsKeys: isVersioned };
  const server = createServerAt(schedule, { ...platform, id: 'sandbox' });
  const network = createNetwork(world, backendOf(server, isVersioned), random, isVersioned);
  network.faults = schedule;
  const isShared =
    schedule.tabs > 1 || schedule.acts.some(({ act }) => act.do === 'reload' || act.do === 'forget');
  const browser = isShared ? createBrowser(world) : undefined;
  const checker = createSandboxChecker({ world, server, isVersioned, omitsTerminated: false, counters });

  let opened = 0;
  function open(): Page {
    const account = schedule.hasAccounts && opened++ % 2 === 1 ? 'bob' : 'ada';
    const onSend = ({ id }: SendRequest) => checker.recordSender(id, view);
    const tab = openTab(world, network, random, browser, onSend, account, share);
    const client = createClient({ id: 'sandbox', ...tab.options });
    const view = checker.addView(client, account);
    let unsubscribe = () => {};
    const page: Page = {
      view,
      kill: tab.kill,
      mount() {
        unsubscribe();
        if (schedule.isSubscribed) unsubscribe = client.subscribe(() => checker.observe(view));
        else client.refresh();
      },
      unmount: () => unsubscribe(),
      forget() {
        checker.forget(account);
        tab.options.tabs?.forget();
        must(
          client.getSnapshot().pending.length === 0,
          'no command is pending after its account was forgotten',
        );
        for (const key of browser?.keys() ?? [])
          must(!key.includes(JSON.stringify(account)), 'nothing of a forgotten account is stored', () => key);
      },
    };
    page.mount();
    return page;
  }

  return { schedule, checker, network, pages: [], open };
}

function perform(run: Run, act: Act): void {
  const { server } = run.checker;
  if (act.do === 'other') server.apply(act.command, 'other');
  if (act.do === 'crash' || act.do === 'exit' || act.do === 'lose') server.end(act.do);
  if (act.do === 'offline' || act.do === 'restart') run.network.interrupt(act.do, act.forMs);
  if (act.do === 'break') breakCommands(run, act);
  if (act.do === 'turnBack' && run.checker.isVersioned) {
    server.turnBack(act.steps);
    run.network.interrupt('restart', 50);
  }
  if ('tab' in act) performInTab(run, act);
}

function breakCommands({ checker }: Run, { type, reply, forMs }: Extract<Act, { do: 'break' }>): void {
  const { server, world } = checker;
  server.breakCommand(type, reply);
  world.wake(forMs, () => server.breakCommand(type, undefined));
}

/** A component that disposes its client and mounts it again at once, as in development, or after a while. */
function remount({ checker, schedule }: Run, page: Page, awayMs: number): void {
  const { view } = page;
  for (const { id } of view.client.getSnapshot().pending) view.left.add(id);
  page.unmount();
  if (awayMs === 0 || !schedule.isSubscribed) {
    view.client.dispose();
    page.mount();
  } else checker.world.wake(awayMs, () => view.isClosed || page.mount());
}

function performInTab(run: Run, act: Extract<Act, { tab: number }>): void {
  const { checker, pages, open } = run;
  const page = pages[act.tab % pages.length] as Page;
  const { view, kill } = page;
  if (view.isClosed) return;
  checker.check(view);
  if (act.do === 'send') send(run, view, act);
  else if (act.do === 'remount') remount(run, page, act.awayMs);
  else if (act.do === 'forget') page.forget();
  else if (act.do === 'refresh') view.client.refresh();
  else if (act.do === 'dismiss') {
    view.client.dismiss();
    must(view.client.getSnapshot().rollbacks.length === 0, 'a dismissed rollback is removed');
    view.last = view.client.getSnapshot();
  } else {
    view.isClosed = true;
    if (act.do === 'kill') kill();
    else view.client.dispose();
    // One page is always open: a reload, or the end of the last tab, opens a new one.
    if (act.do === 'reload' || pages.every((page) => page.view.isClosed)) pages.push(open());
  }
}

/** Sends a command, and checks that a double click sends one, and that a termination does not wait for other commands. */
function send(
  { checker, network, schedule }: Run,
  view: CheckedView,
  act: Extract<Act, { do: 'send' }>,
): void {
  const { server, world } = checker;
  const { connection, sandbox } = view.client.getSnapshot();
  const id = checker.send(view, act.input, act.isConditional);
  const isPending = () => view.client.getSnapshot().pending.some((entry) => entry.id === id);
  if (act.isDouble && isPending())
    must(checker.send(view, act.input, act.isConditional) === id, 'a double click sends one command');
  const isConnected = (connection === 'live' || connection === 'polling') && network.isUp();
  if (act.input !== 'terminate' || !isConnected || !isPending() || schedule.lost + schedule.slow > 0) return;
  if (sandbox?.status === 'terminated') return;
  const isInterrupted = network.interruptions();
  world.wake(1000, () => {
    const isExcused = view.isClosed || view.left.has(id) || network.interruptions() > isInterrupted;
    if (!isExcused && isPending())
      checker.require(server.handled.has(id), 'a termination waits for no other command');
  });
}

/** The longest time that a page is away, in ms. */
const longestAwayMs = 3000;

const openClients = ({ views }: SandboxChecker) =>
  views.filter(({ isClosed }) => !isClosed).map(({ client }) => client);

function isAtRest({ pending, connection, confirmed }: SandboxView, isVersioned: boolean): boolean {
  const isPolling = connection === 'polling' && (!isVersioned || confirmed?.status === 'terminated');
  return pending.length === 0 && (connection === 'live' || isPolling);
}

function isQuiet({ checker, network }: Run): boolean {
  const { isVersioned } = checker;
  const areAtRest = openClients(checker).every((client) => isAtRest(client.getSnapshot(), isVersioned));
  return network.isUp() && areAtRest && checker.isSettled();
}

function checkEnd({ checker }: Run): void {
  const { server, isVersioned } = checker;
  checkConvergence(checker);
  const history = server.history.slice(-100).map(({ event }) => event);
  for (const client of openClients(checker)) {
    const { timeline, ...view } = client.getSnapshot();
    const events = timeline.map(({ event }) => event);
    // A stream that was resumed across a restored database leaves out the steps that replaced known ones.
    const isComplete = isVersioned && server.restores() === 0;
    must(!isComplete || `${events}` === `${history}`, 'the timeline is the history', () => [events, history]);
    must(isAtRest({ timeline, ...view }, isVersioned), 'the connection is restored', () => view.connection);
    client.dispose();
  }
  checkSettlements(checker);
}
