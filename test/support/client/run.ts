import { deepStrictEqual } from 'node:assert';
import type { SandboxClientOptions } from '../../../src/client/create-client.ts';
import {
  type SandboxClient,
  type SandboxSnapshot,
  type Settlement,
  shareTabs,
  type Transport,
} from '../../../src/client/index.ts';
import { commands, defaultPolicy, type Policy, type Sandbox, transition } from '../../../src/index.ts';
import { createNetwork } from './network.ts';
import type { Act, Schedule } from './schedule.ts';
import { createServer } from './server.ts';
import { createBrowser } from './shared-browser.ts';
import { Tally } from './tally.ts';
import { createWorld, randomFrom } from './world.ts';

/** The policy of the simulated server: short limits, so that they run out. */
export const policy: Policy = {
  ...defaultPolicy,
  operationLimitSeconds: { boot: 4, snapshot: 4, suspend: 3, resume: 3 },
  suspendRetryDelaySeconds: 1,
};

/** Times in proportion to those of the network. */
export const times = {
  deadlineMs: 12_000,
  requestMs: 2000,
  pollMs: 1500,
  retryMs: 200,
  longestRetryMs: 2000,
  silenceMs: 9000,
  leaseMs: 3000,
};

interface Asked {
  readonly id: string;
  readonly tab: Tab;
  readonly at: number;
  readonly promised: { settlement?: Settlement; at?: number };
  readonly predicted: Sandbox | null;
  /** The version that nothing but the command itself may follow for the prediction to have to hold. */
  readonly unopposedAfter: number | null;
}

interface Tab {
  readonly client: SandboxClient;
  readonly transport: Transport;
  kill(): void;
  isGone: boolean;
  last: SandboxSnapshot;
  readonly rollbacks: Map<string, string>;
}

function must(condition: boolean, law: string, detail?: () => unknown): asserts condition {
  if (!condition) throw new Error(`${law}${detail ? `: ${JSON.stringify(detail())}` : ''}`);
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
  const server = createServer({
    world,
    random,
    policy,
    name: schedule.isNamed || schedule.start === 'suspended' ? 'named' : null,
    timeoutMs: schedule.timeoutMs,
    failures: schedule.failures,
    aheadMs: schedule.aheadMs,
    keepsKeys: isVersioned,
  });
  if (schedule.start !== 'pending') server.apply({ type: 'boot.completed', operation: 1 }, null);
  if (schedule.start === 'suspended') {
    server.apply({ type: 'suspend' }, 'other');
    server.apply({ type: 'suspend.completed', operation: 2 }, null);
  }
  const network = createNetwork(world, server, random, isVersioned);
  network.faults = schedule;
  const browser = createBrowser(world);
  const isShared = schedule.tabs > 1 || schedule.acts.some(({ act }) => act.do === 'reload');
  const asked = new Map<string, Asked>();
  const sentBy = new Map<string, Set<Tab>>();
  const tabs: Tab[] = [];
  let breach: unknown;

  /** What is found while the client's own code is running is told once that has come to its end. */
  function noteBreach(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      breach ??= error;
    }
  }

  function openTab(): Tab {
    const channel = browser.channel();
    const transport = network.transport();
    let isKilled = false;
    const client = createClient({
      id: 'sandbox',
      policy,
      times,
      random,
      transport: {
        ...transport,
        send(request, signal) {
          if (isKilled) return new Promise(() => {});
          sentBy.set(request.id, (sentBy.get(request.id) ?? new Set()).add(tab));
          return transport.send(request, signal);
        },
      },
      clock: {
        now: world.now,
        wake: (afterMs, callback) => world.wake(afterMs, () => isKilled || callback()),
      },
      ...(isShared && { tabs: shareTabs({ channel, storage: browser.storage }) }),
    });
    const tab: Tab = {
      client,
      transport,
      isGone: false,
      last: client.getSnapshot(),
      rollbacks: new Map(),
      kill() {
        isKilled = true;
        channel.cut();
      },
    };
    if (schedule.isSubscribed) client.subscribe(() => noteBreach(() => look(tab)));
    else client.refresh();
    return tab;
  }

  /** Every law about what a page may show at any instant. */
  function look(tab: Tab): void {
    if (tab.isGone) return;
    const snapshot = tab.client.getSnapshot();
    must(snapshot === tab.client.getSnapshot(), 'a snapshot is the same until something changes');
    const before = tab.last;
    if (snapshot === before) return;
    tab.last = snapshot;
    const { confirmed, pending } = snapshot;
    must(confirmed !== null || before.confirmed === null, 'what is confirmed is never lost');
    if (confirmed) {
      const real = server.records[confirmed.version] as Sandbox;
      must(
        isVersioned ? confirmed === real : confirmed.status === real.status && confirmed.name === real.name,
        "the confirmed state was really the server's",
        () => [confirmed, real],
      );
      must(confirmed.version >= (before.confirmed?.version ?? 0), 'the version never goes back', () => [
        before.confirmed?.version,
        confirmed.version,
      ]);
      must(
        before.confirmed?.status !== 'terminated' || confirmed.status === 'terminated',
        'terminated is never left',
      );
      const view = pending.reduce(
        (sandbox, { command }) => transition(sandbox, command, policy).sandbox,
        confirmed as Sandbox,
      );
      deepStrictEqual(snapshot.sandbox, view, 'the view is the fold of truth and pending');
    }
    for (const { id, state } of before.pending) {
      // What was given up as unknown may have been carried out all the same; the tab that gave it up says so.
      const isTakenBack = tabs.some(({ client }) =>
        client.getSnapshot().rollbacks.some((one) => one.id === id),
      );
      if (isTakenBack || pending.some((entry) => entry.id === id)) continue;
      const appliedAt = server.deeds.get(id)?.appliedAt[0];
      if (appliedAt === undefined || (!isVersioned && state !== 'acknowledged')) continue;
      tally.count('left with its truth');
      must(
        (confirmed?.version ?? 0) >= appliedAt,
        'an accepted command never shows the old state again',
        () => [id, appliedAt, confirmed?.version],
      );
    }
    for (const { id, outcome } of snapshot.rollbacks) {
      if (!before.rollbacks.some((rollback) => rollback.id === id)) {
        must(!tab.rollbacks.has(id), 'a rollback is recorded once', () => id);
        tab.rollbacks.set(id, outcome);
      }
    }
    for (const entry of pending) if (entry.state === 'unknown') tally.count('unknown');
    tally.count(`connection ${snapshot.connection}`);
  }

  function ask(act: Extract<Act, { do: 'ask' }>): void {
    const tab = tabs[act.tab % tabs.length] as Tab;
    if (tab.isGone) return;
    look(tab);
    const before = tab.last;
    const record = server.record();
    const isAllowed = tab.client.can(act.asked);
    const isKnown = before.confirmed?.version === record.version && before.pending.length === 0;
    const ifVersion = act.isConditional && isVersioned ? before.confirmed?.version : undefined;
    const { id, settled } = tab.client.send(act.asked, { ifVersion });
    const promised: Asked['promised'] = {};
    settled.then((settlement) =>
      noteBreach(() => {
        must(promised.settlement === undefined, 'a command settles once');
        Object.assign(promised, { settlement, at: world.now() });
        // Judged at once as well, so that a command that settles is never one that the page goes on to hide.
        if (settlement.outcome === 'applied' || settlement.outcome === 'unchanged') look(tab);
      }),
    );
    look(tab);
    asked.set(id, {
      id,
      tab,
      at: world.now(),
      promised,
      predicted: tab.last.sandbox as Sandbox | null,
      unopposedAfter: isKnown && isAllowed ? record.version : null,
    });
    must(
      !isAllowed || tab.last.sandbox?.status === before.sandbox?.status || tab.last.pending.length > 0,
      'what is predicted is pending',
    );
  }

  function happen(act: Act): void {
    tally.count(`act ${act.do}`);
    if (act.do === 'ask') ask(act);
    if (act.do === 'other') server.apply(act.command, 'other');
    if (act.do === 'crash') {
      const { incarnation } = server.record();
      if (incarnation !== null) server.apply({ type: 'crashed', incarnation, reason: 'gone' }, null);
      return;
    }
    if (act.do === 'offline' || act.do === 'restart') {
      const which = act.do === 'offline' ? 'isUp' : 'isServerUp';
      network[which] = false;
      network.cut();
      world.wake(act.forMs, () => {
        network[which] = true;
      });
      return;
    }
    if (!('tab' in act) || act.do === 'ask') return;
    const tab = tabs[act.tab % tabs.length] as Tab;
    if (tab.isGone) return;
    look(tab);
    if (act.do === 'refresh') tab.client.refresh();
    else if (act.do === 'dismiss') {
      tab.client.dismiss();
      must(tab.client.getSnapshot().rollbacks.length === 0, 'what is dismissed is gone');
      tab.last = tab.client.getSnapshot();
    } else {
      if (act.do === 'kill') tab.kill();
      else tab.client.dispose();
      tab.isGone = true;
      // Somebody is always looking: where the last tab has gone, or a page is loaded again, a new one comes.
      if (act.do === 'reload' || tabs.every(({ isGone }) => isGone)) tabs.push(openTab());
    }
  }

  const lookAll = () => {
    if (breach) throw breach;
    for (const tab of tabs) look(tab);
  };
  for (let count = 0; count < schedule.tabs; count++) tabs.push(openTab());
  for (const { afterMs, act } of schedule.acts) {
    await world.runUntil(world.now() + afterMs, lookAll);
    happen(act);
  }
  network.faults = { lost: 0, slow: 0, doubled: 0, bodyless: 0, broken: 0 };
  const isAtRest = ({ pending, connection, confirmed }: SandboxSnapshot) =>
    pending.length === 0 &&
    (connection === 'live' ||
      (connection === 'polling' && (!isVersioned || confirmed?.status === 'terminated')));
  const isQuiet = () =>
    network.isUp &&
    network.isServerUp &&
    tabs.every(({ isGone, client }) => isGone || isAtRest(client.getSnapshot())) &&
    [...asked.values()].every(({ tab, promised }) => tab.isGone || promised.settlement);
  const latest = world.now() + times.deadlineMs + 15_000;
  do await world.runUntil(world.now() + 500, lookAll);
  while (!isQuiet() && world.now() < latest);
  server.freeze();
  await world.runUntil(world.now() + (network.counts.silent > 0 ? times.silenceMs + 3000 : 4000), lookAll);

  // In the end: everything is told, everything has settled, and each in the one way that is true.
  const truth = server.record();
  for (const tab of tabs) {
    if (tab.isGone) continue;
    const { sandbox, confirmed, pending, connection } = tab.client.getSnapshot();
    const isSame = isVersioned
      ? confirmed === truth
      : confirmed?.status === truth.status && confirmed.name === truth.name;
    must(isSame, 'clients converge', () => [confirmed, truth, connection]);
    must(pending.length === 0 && sandbox === confirmed, 'nothing is left pending', () => pending);
    must(isAtRest(tab.client.getSnapshot()), 'the connection comes back', () => connection);
    for (const name of commands) {
      const reason = tab.client.why(name);
      must(tab.client.can(name) === (reason === undefined), 'can is false exactly when why has a reason');
      if (isVersioned)
        must(
          reason?.message ===
            transition(truth, { type: name, at: 0, name: 'name', snapshotId: 'x' } as never).refusal?.message,
          "why is the machine's own reason",
        );
    }
    tab.client.dispose();
  }
  for (const { id, tab, at, promised, predicted, unopposedAfter } of asked.values()) {
    const { settlement } = promised;
    const deed = server.deeds.get(id);
    const appliedAt = deed?.appliedAt ?? [];
    const records = tabs.filter(({ rollbacks }) => rollbacks.has(id)).length;
    // A tab that was killed can keep no promise, and one that was closed leaves its commands to others.
    if (settlement === undefined) {
      must(tab.isGone, 'every command settles', () => id);
    } else {
      const { outcome } = settlement;
      tally.count(`settled ${outcome}`);
      must((promised.at ?? 0) <= at + times.deadlineMs, 'a command settles within its deadline', () => [
        outcome,
        (promised.at ?? 0) - at,
      ]);
      const isGood = outcome === 'applied' || outcome === 'unchanged';
      must(isGood === (settlement.reason === null), 'a reason is given exactly when it did not go well');
      if (!tab.isGone)
        must(records === (isGood ? 0 : 1), 'every rollback is recorded exactly once', () => [
          id,
          outcome,
          records,
        ]);
      if (outcome === 'applied' && isVersioned) {
        // A record that came without its steps does not tell whether the command made one of them.
        if (appliedAt.length === 0) tally.count('applied by assumption');
        must(appliedAt.length === 1 || (deed?.unchanged ?? 0) > 0, 'what is said to be applied was taken');
      }
      if (outcome === 'unchanged' && isVersioned)
        must(appliedAt.length === 0, 'what is said to be unchanged was', () => [
          id,
          appliedAt,
          truth.version,
        ]);
      // Without keys, a request that the network doubled is carried out once and refused once.
      const isOnce = isVersioned || (deed?.requests ?? 0) <= 1;
      if (outcome === 'refused' && isOnce)
        must(appliedAt.length === 0, 'what is said to be refused was not done');
      if (outcome === 'dropped') must(deed === undefined, 'what is said to be dropped was never sent');
      if (outcome === 'refused' && deed) tally.count('refused by the server');
      if (outcome === 'applied' && !isVersioned)
        must((deed?.requests ?? 0) > 0, 'what is said to be applied was sent');
    }
    must(records <= 1, 'a rollback is recorded once', () => id);
    if (isVersioned) must(appliedAt.length <= 1, 'one server effect for each key');
    const senders = sentBy.get(id)?.size ?? 0;
    if (senders > 1) tally.count('taken over by another tab');
    must(senders <= 1 || tabs.some(({ isGone }) => isGone), 'a command is sent by one tab', () => id);
    if (
      appliedAt[0] !== undefined &&
      unopposedAfter !== null &&
      appliedAt[0] === unopposedAfter + 1 &&
      predicted
    ) {
      tally.count('prediction compared');
      const real = server.records[appliedAt[0]] as Sandbox;
      // Whether a keepalive moves a limit depends on the millisecond, and with it the version does.
      const counts = isVersioned && deed?.command.type !== 'keepalive';
      const law = 'a prediction is the outcome when unopposed';
      deepStrictEqual(essence(predicted, isVersioned, counts), essence(real, isVersioned, counts), law);
    }
  }
  tally.add(network.counts, 'network ');
  tally.add(server.counts, 'server ');
}

/** What a prediction must get right: all but the times, and the name that the server gives to a snapshot. */
function essence(sandbox: Sandbox, isVersioned: boolean, counts: boolean) {
  const { status, name, version, operations, incarnation, pendingReason, operation } = sandbox;
  const seen = { status, name, kind: operation?.kind, outcome: sandbox.outcome?.reason };
  if (!isVersioned) return { status, name };
  return {
    ...seen,
    version: counts && version,
    operations,
    incarnation,
    pendingReason,
    isLimited: sandbox.expiresAt !== null,
  };
}
