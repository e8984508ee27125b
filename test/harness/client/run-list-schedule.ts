import type { SandboxListClient, SandboxListClientOptions } from '../../../src/client/index.ts';
import { type Counters, createCounters } from '../shared/counters.ts';
import { createRandom } from '../shared/random.ts';
import { createFleet, type Fleet, recordFor } from './backend.ts';
import { checkConvergence, checkSettlements } from './final-invariants.ts';
import { must } from './invariants.ts';
import { policy, times } from './limits.ts';
import { createListChecker, type ListChecker } from './list-checker.ts';
import type { ListAct, ListSchedule } from './list-schedule.ts';
import { createNetwork, type Network, noFaults } from './network.ts';
import { createSandboxChecker, type SandboxChecker } from './sandbox-checker.ts';
import type { Act } from './schedule.ts';
import { createBrowser } from './simulated-browser.ts';
import { createServerAt, type InitialState } from './simulated-server.ts';
import { openTab } from './tab.ts';
import { createWorld, type World } from './world.ts';

/** A page that shows the list, and its tab. */
interface Tab {
  readonly page: ListChecker;
  kill(): void;
}

/** The simulation of one schedule. */
interface ListRun {
  readonly world: World;
  readonly fleet: Fleet;
  readonly network: Network;
  readonly checkers: ReadonlyMap<string, SandboxChecker>;
  readonly tabs: Tab[];
  readonly isVersioned: boolean;
  readonly omitsTerminated: boolean;
  addSandbox(initialState: InitialState): void;
  open(isRendered?: boolean): Tab;
}

/** Runs one schedule with list clients of one kind, and checks every invariant of the list and of each of its sandboxes. */
export async function runListSchedule(
  createClient: (options: SandboxListClientOptions) => SandboxListClient,
  schedule: ListSchedule,
  isVersioned: boolean,
  counters = createCounters(),
): Promise<void> {
  const run = createListRun(createClient, schedule, isVersioned, counters);
  const { world, network, checkers, tabs } = run;
  const checkAll = () => {
    for (const { page } of tabs) page.check();
    for (const checker of checkers.values()) checker.checkAll();
  };
  const pass = (milliseconds: number) => world.runUntil(world.now() + milliseconds, checkAll);
  for (const initialState of schedule.initialStates) run.addSandbox(initialState);
  for (let count = 0; count < schedule.tabs; count++) tabs.push(run.open(schedule.isRendered));
  for (const { afterMs, act } of schedule.acts) {
    await pass(afterMs);
    counters.count(`act ${act.of === 'new' ? 'new' : act.act.do}`);
    perform(run, act);
  }
  network.faults = noFaults;
  const latest = world.now() + times.deadlineMs + 15_000;
  do await pass(500);
  while (!isQuiet(run) && world.now() < latest);
  for (const { server } of checkers.values()) server.freeze();
  await pass(network.drainMs());
  await checkEnd(run, pass);
  counters.addRecord(network.counts, 'network ');
  for (const { server } of checkers.values()) counters.addRecord(server.counts, 'server ');
  for (const { page } of tabs) counters.addRecord(page.counts, 'list ');
}

function createListRun(
  createClient: (options: SandboxListClientOptions) => SandboxListClient,
  schedule: ListSchedule,
  isVersioned: boolean,
  counters: Counters,
): ListRun {
  const world = createWorld(1_000_000);
  const random = createRandom(schedule.seed).next;
  const { failures, aheadMs, omitsTerminated } = schedule;
  const platform = { world, random, policy, failures, aheadMs, keepsKeys: isVersioned };
  const fleet = createFleet(isVersioned, omitsTerminated);
  const network = createNetwork(world, fleet, random, isVersioned);
  network.faults = schedule;
  const isShared =
    schedule.tabs > 1 || schedule.acts.some(({ act }) => act.of !== 'new' && act.act.do === 'reload');
  const browser = isShared ? createBrowser(world) : undefined;
  const checkers = new Map<string, SandboxChecker>();
  const checkerOf = (id: string) => checkers.get(id) as SandboxChecker;

  return {
    world,
    fleet,
    network,
    checkers,
    tabs: [],
    isVersioned,
    omitsTerminated,
    addSandbox(initialState) {
      const id = `sandbox${checkers.size}`;
      const server = createServerAt(initialState, { ...platform, id });
      checkers.set(id, createSandboxChecker({ world, server, isVersioned, omitsTerminated, counters }));
      fleet.add(server);
    },
    open(isRendered = false) {
      const { options, kill } = openTab(world, network, random, browser, ({ id, sandboxId }) =>
        checkerOf(sandboxId).recordSender(id, page.view(sandboxId)),
      );
      const initial = fleet.listed().map((one) => recordFor(one.record(), isVersioned));
      const list = createClient({ ...options, ...(isRendered && { initial }) });
      const page = createListChecker(list, checkerOf, schedule.isSubscribed);
      return { page, kill };
    },
  };
}

function perform(run: ListRun, listAct: ListAct): void {
  const { checkers, network, tabs } = run;
  if (listAct.of === 'new') {
    run.addSandbox(listAct.initialState);
    return;
  }
  const { act } = listAct;
  if (act.do === 'offline' || act.do === 'restart') network.interrupt(act.do, act.forMs);
  const checker = [...checkers.values()][listAct.of % Math.max(1, checkers.size)];
  if (act.do === 'other') checker?.server.apply(act.command, 'other');
  if (act.do === 'crash' || act.do === 'exit' || act.do === 'lose') checker?.server.end(act.do);
  if ('tab' in act) performInTab(run, act, tabs[act.tab % tabs.length] as Tab, checker);
}

function performInTab(
  { tabs, open, omitsTerminated }: ListRun,
  act: Extract<Act, { tab: number }>,
  { page, kill }: Tab,
  checker: SandboxChecker | undefined,
): void {
  if (page.isClosed) return;
  page.check();
  if (act.do === 'send' || act.do === 'dismiss') {
    // The client never learns of a sandbox that the list omitted from the beginning.
    if (!checker || (omitsTerminated && checker.server.record().status === 'terminated')) return;
    const view = page.view(checker.server.record().id);
    if (act.do === 'send') checker.send(view, act.input, act.isConditional);
    else view.client.dismiss();
    if (act.do === 'dismiss')
      must(view.client.getSnapshot().rollbacks.length === 0, 'a dismissed rollback is removed');
    checker.check(view);
  } else if (act.do === 'refresh') page.list.refresh();
  else {
    if (act.do === 'kill') kill();
    else page.list.dispose();
    page.close();
    // One page is always open: a reload, or the end of the last tab, opens a new one.
    if (act.do === 'reload' || tabs.every((tab) => tab.page.isClosed)) tabs.push(open());
  }
}

const openPages = ({ tabs }: ListRun) => tabs.map(({ page }) => page).filter(({ isClosed }) => !isClosed);

function isAtRest({ list, views }: ListChecker, isVersioned: boolean): boolean {
  const isConnected = list.getSnapshot().connection === (isVersioned ? 'live' : 'polling');
  const known = views().map(({ client }) => client.getSnapshot());
  return isConnected && known.every(({ pending, confirmed }) => pending.length === 0 || confirmed === null);
}

function isQuiet(run: ListRun): boolean {
  const areAtRest = openPages(run).every((page) => isAtRest(page, run.isVersioned));
  return run.network.isUp() && areAtRest && [...run.checkers.values()].every((one) => one.isSettled());
}

async function checkEnd(run: ListRun, pass: (milliseconds: number) => Promise<void>): Promise<void> {
  const { checkers, fleet, isVersioned } = run;
  const listed = fleet.listed().map((one) => one.record().id);
  const shownBy = ({ list }: ListChecker) => list.getSnapshot().sandboxes.map(({ id }) => id);
  for (const page of openPages(run)) {
    const shown = shownBy(page);
    must(
      listed.every((id) => shown.includes(id)),
      'a new sandbox appears',
      () => [shown, listed],
    );
  }
  for (const checker of checkers.values()) checkConvergence(checker);
  for (const page of openPages(run)) {
    must(isAtRest(page, isVersioned), 'the connection is restored', () => page.list.getSnapshot().connection);
    for (const { client } of page.views()) client.dismiss();
    page.list.refresh();
  }
  await pass(times.requestMs);
  for (const page of openPages(run)) {
    const shown = shownBy(page).sort();
    must(`${shown}` === `${listed.sort()}`, 'in the end the list is the server’s list', () => [
      shown,
      listed,
    ]);
    page.list.dispose();
  }
  for (const checker of checkers.values()) checkSettlements(checker);
}
