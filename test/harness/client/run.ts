import type { SandboxClientOptions } from '../../../src/client/create-sandbox-client.ts';
import type { SandboxClient, SandboxView } from '../../../src/client/index.ts';
import { createJudge, type View } from './judge.ts';
import { must } from './laws.ts';
import { policy, times } from './limits.ts';
import { createNetwork, noFaults } from './network.ts';
import type { Act, Schedule } from './schedule.ts';
import { createServerAt } from './server.ts';
import { createBrowser } from './shared-browser.ts';
import { sourceOf } from './source.ts';
import { openTab } from './tab.ts';
import { Tally } from './tally.ts';
import { everythingHasSettled, everythingIsTold } from './verdict.ts';
import { createWorld, randomFrom } from './world.ts';

/** A page, and the tab that it is in. */
interface Page {
  readonly view: View;
  kill(): void;
}

/** Lives one schedule with a client of one kind, and holds every law of the client against it. */
export async function live(
  createClient: (options: SandboxClientOptions) => SandboxClient,
  schedule: Schedule,
  isVersioned: boolean,
  tally = new Tally(),
): Promise<void> {
  const world = createWorld(1_000_000);
  const random = randomFrom(schedule.seed);
  const { failures, aheadMs } = schedule;
  const platform = { world, random, policy, failures, aheadMs, keepsKeys: isVersioned };
  const server = createServerAt(schedule, { ...platform, id: 'sandbox' });
  const network = createNetwork(world, sourceOf(server, isVersioned), random, isVersioned);
  network.faults = schedule;
  const isShared = schedule.tabs > 1 || schedule.acts.some(({ act }) => act.do === 'reload');
  const browser = isShared ? createBrowser(world) : undefined;
  const judge = createJudge({ world, server, isVersioned, leavesOut: false, tally });
  const pages: Page[] = [];

  function open(): Page {
    const tab = openTab(world, network, random, browser, ({ id }) => judge.sent(id, view));
    const client = createClient({ id: 'sandbox', ...tab.options });
    const view = judge.see(client);
    if (schedule.isSubscribed) client.subscribe(() => judge.glance(view));
    else client.refresh();
    return { view, kill: tab.kill };
  }

  function happen(act: Act): void {
    tally.count(`act ${act.do}`);
    if (act.do === 'other') server.apply(act.command, 'other');
    if (act.do === 'crash') {
      const { incarnation } = server.record();
      if (incarnation !== null) server.apply({ type: 'crashed', incarnation, reason: 'gone' }, null);
    }
    if (act.do === 'offline' || act.do === 'restart') network.breakDown(act.do, act.forMs);
    if (!('tab' in act)) return;
    const { view, kill } = pages[act.tab % pages.length] as Page;
    if (view.isGone) return;
    judge.look(view);
    if (act.do === 'ask') judge.ask(view, act.asked, act.isConditional);
    else if (act.do === 'refresh') view.client.refresh();
    else if (act.do === 'dismiss') {
      view.client.dismiss();
      must(view.client.getSnapshot().rollbacks.length === 0, 'what is dismissed is gone');
      view.last = view.client.getSnapshot();
    } else {
      if (act.do === 'kill') kill();
      else view.client.dispose();
      view.isGone = true;
      // Somebody is always looking: where the last tab has gone, or a page is loaded again, a new one comes.
      if (act.do === 'reload' || pages.every((page) => page.view.isGone)) pages.push(open());
    }
  }

  for (let count = 0; count < schedule.tabs; count++) pages.push(open());
  for (const { afterMs, act } of schedule.acts) {
    await world.runUntil(world.now() + afterMs, judge.lookAll);
    happen(act);
  }
  network.faults = noFaults;
  const isAtRest = ({ pending, connection, confirmed }: SandboxView) =>
    pending.length === 0 &&
    (connection === 'live' ||
      (connection === 'polling' && (!isVersioned || confirmed?.status === 'terminated')));
  const here = () => judge.views.filter(({ isGone }) => !isGone).map(({ client }) => client);
  const isQuiet = () =>
    network.isUp() && here().every((client) => isAtRest(client.getSnapshot())) && judge.isSettled();
  const latest = world.now() + times.deadlineMs + 15_000;
  do await world.runUntil(world.now() + 500, judge.lookAll);
  while (!isQuiet() && world.now() < latest);
  server.freeze();
  await world.runUntil(world.now() + network.lastMs(), judge.lookAll);

  everythingIsTold(judge);
  const history = server.history.slice(-100).map(({ event }) => event);
  for (const client of here()) {
    const told = client.getSnapshot().timeline.map(({ event }) => event);
    must(!isVersioned || `${told}` === `${history}`, 'the timeline is the history', () => [told, history]);
    must(isAtRest(client.getSnapshot()), 'the connection comes back', () => client.getSnapshot().connection);
    client.dispose();
  }
  everythingHasSettled(judge);
  tally.add(network.counts, 'network ');
  tally.add(server.counts, 'server ');
}
