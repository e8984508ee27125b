import type { SandboxListClient, SandboxListClientOptions } from '../../../src/client/index.ts';
import { createJudge, type Judge } from './judge.ts';
import { must } from './laws.ts';
import { policy, times } from './limits.ts';
import { createPage, type Page } from './list-page.ts';
import type { ListAct, ListSchedule } from './list-schedule.ts';
import { createNetwork, noFaults } from './network.ts';
import type { Act } from './schedule.ts';
import { type Beginning, createServerAt } from './server.ts';
import { createBrowser } from './shared-browser.ts';
import { createFleet, toldOf } from './source.ts';
import { openTab } from './tab.ts';
import { Tally } from './tally.ts';
import { everythingHasSettled, everythingIsTold } from './verdict.ts';
import { createWorld, randomFrom } from './world.ts';

/** A page, and how its tab is killed. */
interface Tab {
  readonly page: Page;
  kill(): void;
}

/** Lives one schedule with a list client of one kind, and holds every law against it and against each of its sandboxes. */
export async function liveList(
  createClient: (options: SandboxListClientOptions) => SandboxListClient,
  schedule: ListSchedule,
  isVersioned: boolean,
  tally = new Tally(),
): Promise<void> {
  const world = createWorld(1_000_000);
  const random = randomFrom(schedule.seed);
  const { failures, aheadMs, leavesOut } = schedule;
  const platform = { world, random, policy, failures, aheadMs, keepsKeys: isVersioned };
  const fleet = createFleet(isVersioned, leavesOut);
  const network = createNetwork(world, fleet, random, isVersioned);
  network.faults = schedule;
  const isShared =
    schedule.tabs > 1 || schedule.acts.some(({ act }) => act.of !== 'new' && act.act.do === 'reload');
  const browser = isShared ? createBrowser(world) : undefined;
  const judges = new Map<string, Judge>();
  const tabs: Tab[] = [];
  const judgeOf = (id: string) => judges.get(id) as Judge;

  function addSandbox(beginning: Beginning): void {
    const id = `sandbox${judges.size}`;
    const server = createServerAt(beginning, { ...platform, id });
    judges.set(id, createJudge({ world, server, isVersioned, leavesOut, tally }));
    fleet.add(server);
  }

  function open(isRendered = false): Tab {
    const { options, kill } = openTab(world, network, random, browser, ({ id, sandboxId }) =>
      judgeOf(sandboxId).sent(id, page.view(sandboxId)),
    );
    const initial = fleet.listed().map((one) => toldOf(one.record(), isVersioned));
    const list = createClient({ ...options, ...(isRendered && { initial }) });
    const page = createPage(list, judgeOf, schedule.isSubscribed);
    return { page, kill };
  }

  function happen(listAct: ListAct): void {
    if (listAct.of === 'new') {
      tally.count('act new');
      addSandbox(listAct.beginning);
      return;
    }
    const { act } = listAct;
    tally.count(`act ${act.do}`);
    if (act.do === 'offline' || act.do === 'restart') network.breakDown(act.do, act.forMs);
    const judge = [...judges.values()][listAct.of % Math.max(1, judges.size)];
    if (act.do === 'other') judge?.server.apply(act.command, 'other');
    if (act.do === 'crash' && judge) {
      const { incarnation } = judge.server.record();
      if (incarnation !== null) judge.server.apply({ type: 'crashed', incarnation, reason: 'gone' }, null);
    }
    if ('tab' in act) happenInTab(act, tabs[act.tab % tabs.length] as Tab, judge);
  }

  function happenInTab(act: Extract<Act, { tab: number }>, { page, kill }: Tab, judge?: Judge): void {
    if (page.isGone) return;
    page.look();
    if (act.do === 'ask' || act.do === 'dismiss') {
      // What was left out before it was ever told is not known, and never will be.
      if (!judge || (leavesOut && judge.server.record().status === 'terminated')) return;
      const view = page.view(judge.server.record().id);
      if (act.do === 'ask') judge.ask(view, act.asked, act.isConditional);
      else view.client.dismiss();
      if (act.do === 'dismiss')
        must(view.client.getSnapshot().rollbacks.length === 0, 'what is dismissed is gone');
      judge.look(view);
    } else if (act.do === 'refresh') page.list.refresh();
    else {
      if (act.do === 'kill') kill();
      else page.list.dispose();
      page.leave();
      // Somebody is always looking: where the last tab has gone, or a page is loaded again, a new one comes.
      if (act.do === 'reload' || tabs.every((tab) => tab.page.isGone)) tabs.push(open());
    }
  }

  const lookAll = () => {
    for (const { page } of tabs) page.look();
    for (const judge of judges.values()) judge.lookAll();
  };
  const pass = (milliseconds: number) => world.runUntil(world.now() + milliseconds, lookAll);
  for (const beginning of schedule.beginnings) addSandbox(beginning);
  for (let count = 0; count < schedule.tabs; count++) tabs.push(open(schedule.isRendered));
  for (const { afterMs, act } of schedule.acts) {
    await pass(afterMs);
    happen(act);
  }
  network.faults = noFaults;
  const here = () => tabs.map(({ page }) => page).filter(({ isGone }) => !isGone);
  const isAtRest = ({ list, views }: Page) =>
    list.getSnapshot().connection === (isVersioned ? 'live' : 'polling') &&
    views()
      .map(({ client }) => client.getSnapshot())
      .every(({ pending, confirmed }) => pending.length === 0 || confirmed === null);
  const isQuiet = () =>
    network.isUp() && here().every(isAtRest) && [...judges.values()].every((judge) => judge.isSettled());
  const latest = world.now() + times.deadlineMs + 15_000;
  do await pass(500);
  while (!isQuiet() && world.now() < latest);
  for (const { server } of judges.values()) server.freeze();
  await pass(network.lastMs());

  for (const judge of judges.values()) everythingIsTold(judge);
  const listed = fleet.listed().map((one) => one.record().id);
  const shownBy = ({ list }: Page) => list.getSnapshot().sandboxes.map(({ id }) => id);
  for (const page of here()) {
    must(isAtRest(page), 'the connection comes back', () => page.list.getSnapshot().connection);
    must(
      listed.every((id) => shownBy(page).includes(id)),
      'what is new appears',
      () => [shownBy(page), listed],
    );
    for (const { client } of page.views()) client.dismiss();
    page.list.refresh();
  }
  await pass(times.requestMs);
  for (const page of here()) {
    const law = 'in the end the list has what the server’s has';
    must(`${shownBy(page).sort()}` === `${listed.sort()}`, law, () => [shownBy(page), listed]);
    page.list.dispose();
  }
  for (const judge of judges.values()) everythingHasSettled(judge);
  tally.add(network.counts, 'network ');
  for (const { server } of judges.values()) tally.add(server.counts, 'server ');
  for (const { page } of tabs) tally.add(page.counts, 'list ');
}
