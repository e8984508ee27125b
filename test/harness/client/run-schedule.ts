import type { SandboxClientOptions } from '../../../src/client/create-sandbox-client.ts';
import type { SandboxClient, SandboxView } from '../../../src/client/index.ts';
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
import { openTab } from './tab.ts';
import { createWorld } from './world.ts';

/** A page that shows the sandbox, and its tab. */
interface Page {
  readonly view: CheckedView;
  kill(): void;
}

/** The simulation of one schedule. */
interface Run {
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
): Promise<void> {
  const run = createRun(createClient, schedule, isVersioned, counters);
  const { checker, network, pages, open } = run;
  const { world, server } = checker;
  for (let count = 0; count < schedule.tabs; count++) pages.push(open());
  for (const { afterMs, act } of schedule.acts) {
    await world.runUntil(world.now() + afterMs, checker.checkAll);
    counters.count(`act ${act.do}`);
    perform(run, act);
  }
  network.faults = noFaults;
  const latest = world.now() + times.deadlineMs + 15_000;
  do await world.runUntil(world.now() + 500, checker.checkAll);
  while (!isQuiet(run) && world.now() < latest);
  server.freeze();
  await world.runUntil(world.now() + network.drainMs(), checker.checkAll);
  checkEnd(run);
  counters.addRecord(network.counts, 'network ');
  counters.addRecord(server.counts, 'server ');
}

function createRun(
  createClient: (options: SandboxClientOptions) => SandboxClient,
  schedule: Schedule,
  isVersioned: boolean,
  counters: Counters,
): Run {
  const world = createWorld(1_000_000);
  const random = createRandom(schedule.seed).next;
  const { failures, aheadMs } = schedule;
  const platform = { world, random, policy, failures, aheadMs, keepsKeys: isVersioned };
  const server = createServerAt(schedule, { ...platform, id: 'sandbox' });
  const network = createNetwork(world, backendOf(server, isVersioned), random, isVersioned);
  network.faults = schedule;
  const isShared = schedule.tabs > 1 || schedule.acts.some(({ act }) => act.do === 'reload');
  const browser = isShared ? createBrowser(world) : undefined;
  const checker = createSandboxChecker({ world, server, isVersioned, omitsTerminated: false, counters });

  function open(): Page {
    const tab = openTab(world, network, random, browser, ({ id }) => checker.recordSender(id, view));
    const client = createClient({ id: 'sandbox', ...tab.options });
    const view = checker.addView(client);
    if (schedule.isSubscribed) client.subscribe(() => checker.observe(view));
    else client.refresh();
    return { view, kill: tab.kill };
  }

  return { checker, network, pages: [], open };
}

function perform(run: Run, act: Act): void {
  const { server } = run.checker;
  if (act.do === 'other') server.apply(act.command, 'other');
  if (act.do === 'crash' || act.do === 'exit' || act.do === 'lose') server.end(act.do);
  if (act.do === 'offline' || act.do === 'restart') run.network.interrupt(act.do, act.forMs);
  if ('tab' in act) performInTab(run, act);
}

function performInTab({ checker, pages, open }: Run, act: Extract<Act, { tab: number }>): void {
  const { view, kill } = pages[act.tab % pages.length] as Page;
  if (view.isClosed) return;
  checker.check(view);
  if (act.do === 'send') checker.send(view, act.input, act.isConditional);
  else if (act.do === 'refresh') view.client.refresh();
  else if (act.do === 'dismiss') {
    view.client.dismiss();
    must(view.client.getSnapshot().rollbacks.length === 0, 'a dismissed rollback is removed');
    view.last = view.client.getSnapshot();
  } else {
    if (act.do === 'kill') kill();
    else view.client.dispose();
    view.isClosed = true;
    // One page is always open: a reload, or the end of the last tab, opens a new one.
    if (act.do === 'reload' || pages.every((page) => page.view.isClosed)) pages.push(open());
  }
}

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
    must(!isVersioned || `${events}` === `${history}`, 'the timeline is the history', () => [
      events,
      history,
    ]);
    must(isAtRest({ timeline, ...view }, isVersioned), 'the connection is restored', () => view.connection);
    client.dispose();
  }
  checkSettlements(checker);
}
