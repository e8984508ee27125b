import { expect, test } from 'vitest';
import { clientWith, type SandboxClientOptions } from '../../src/client/create-sandbox-client.ts';
import {
  createSandboxClient,
  type SandboxClient,
  shareTabs,
  type TabSharingOptions,
  type TabStorage,
} from '../../src/client/index.ts';
import { isOrdered } from '../../src/client/replica/command-order.ts';
import { defaultReconciliation, type Reconciliation } from '../../src/client/replica/reconcile.ts';
import type { Confirmed } from '../../src/client/replica/state.ts';
import type { Sandbox } from '../../src/index.ts';
import { times } from '../harness/client/limits.ts';
import { firstViolation } from '../harness/client/proof.ts';
import { runSchedule } from '../harness/client/run-schedule.ts';
import { schedules } from '../harness/client/schedule.ts';
import type { ShareTabs } from '../harness/client/tab.ts';

/** Planted bugs: each replaces one decision by a common mistake, and names the invariant that must catch it. */
const mutants: readonly (readonly [
  name: string,
  isVersioned: boolean,
  invariant: RegExp,
  bug: () => Partial<Reconciliation>,
])[] = [
  [
    'settles on the reply',
    true,
    /never shows the old state again/,
    () => ({
      includes: (confirmed, update, command) =>
        command.state === 'acknowledged' || defaultReconciliation.includes(confirmed, update, command),
    }),
  ],
  [
    'settles on the reply, without versions',
    false,
    /never shows the old state again/,
    () => ({ includes: (_confirmed, _update, command) => command.state === 'acknowledged' }),
  ],
  ['has no version gate', true, /the version never goes back/, () => ({ admits: () => true })],
  [
    'treats terminated like other states',
    false,
    /terminated is final|the version never goes back/,
    () => ({ admits: () => true }),
  ],
  [
    'restores a copy',
    true,
    /the version never goes back|the confirmed state is never lost/,
    () => {
      const copies = new Map<string, Confirmed | null>();
      return {
        view(confirmed, pending, policy) {
          for (const { id } of pending)
            if (!copies.has(id)) copies.set(id, confirmed && { sandbox: confirmed.sandbox, receivedAt: 0 });
          return defaultReconciliation.view(confirmed, pending, policy);
        },
        rollBack(state, rollback) {
          return {
            ...defaultReconciliation.rollBack(state, rollback),
            confirmed: copies.get(rollback.id) ?? state.confirmed,
          };
        },
      };
    },
  ],
  [
    'forgets a rollback',
    true,
    /every rollback is recorded exactly once/,
    () => ({
      rollBack: (state, rollback) => ({
        ...defaultReconciliation.rollBack(state, rollback),
        rollbacks: state.rollbacks,
      }),
    }),
  ],
  [
    'also rolls back the commands behind the refused one',
    true,
    /every command settles|every rollback is recorded exactly once|never shows the old state again/,
    () => ({
      rollBack: (state, rollback) => ({ ...defaultReconciliation.rollBack(state, rollback), pending: [] }),
    }),
  ],
  [
    'is causal without a gate: admits every update',
    false,
    /the version never goes back/,
    () => ({
      admits: (confirmed, update) =>
        confirmed === null ||
        update.sandbox.status === 'terminated' ||
        confirmed.sandbox.status !== 'terminated',
    }),
  ],
  [
    'is causal without a gate: settles a command on any read',
    false,
    /never shows the old state again/,
    () => ({
      includes: (_confirmed, update, { state }) => state === 'acknowledged' && update.requestedAt > 0,
    }),
  ],
  [
    'predicts new limits without the instants at which they expire',
    true,
    /the view is the fold/,
    () => ({
      view(confirmed, pending, policy) {
        const view = defaultReconciliation.view(confirmed, pending, policy);
        if (!view || !confirmed || !pending.some(({ command }) => command.type === 'setTimeouts'))
          return view;
        const { expiresAt, idleAt, discardAt } = confirmed.sandbox;
        return { ...view, expiresAt, idleAt, discardAt };
      },
    }),
  ],
  [
    'rolls a configuration back when an older record arrives',
    true,
    /every command settles|the view is the fold|never shows the old state again/,
    () => ({
      view(confirmed, pending, policy) {
        const kept = pending.filter(
          ({ command, state }) => command.type !== 'configure' || state !== 'acknowledged',
        );
        return defaultReconciliation.view(confirmed, kept, policy);
      },
    }),
  ],
  [
    'shows the newest command alone',
    true,
    /the view is the fold/,
    () => ({
      view: (confirmed, pending, policy) => defaultReconciliation.view(confirmed, pending.slice(-1), policy),
    }),
  ],
];

/** Replaces parts of every client that is created. */
const wrapped =
  (wrap: (client: SandboxClient) => Partial<SandboxClient>) =>
  (options: SandboxClientOptions): SandboxClient => {
    const client = createSandboxClient(options);
    const { ready: _ready, ...methods } = Object.getOwnPropertyDescriptors(client);
    const copy = Object.defineProperties({}, { ...methods, ready: _ready }) as SandboxClient;
    return Object.assign(copy, wrap(client));
  };

/** Planted bugs of whole clients, and of the tabs that share commands. */
const wholeMutants: [
  name: string,
  invariant: RegExp,
  createClient: (options: SandboxClientOptions) => SandboxClient,
  share?: ShareTabs,
][] = [
  [
    'has one queue with one head',
    /a termination waits for no other command/,
    clientWith({ ...defaultReconciliation, waitsFor: () => true }),
  ],
  [
    'lets a termination wait for the replies to earlier commands',
    /a termination waits for no other command/,
    clientWith({
      ...defaultReconciliation,
      waitsFor: (before, earlier, later, policy) => isOrdered(before as Sandbox, earlier, later, policy),
    }),
  ],
  [
    'joins an equal command across a different one',
    /a page shows the last click/,
    wrapped(({ send, getSnapshot }) => ({
      send(input, options) {
        const name = (input as { name?: string }).name;
        const equal = getSnapshot().pending.find(
          ({ command }) => command.type === 'rename' && command.name === name,
        );
        return equal ? { id: equal.id, settled: new Promise(() => {}) } : send(input, options);
      },
    })),
  ],
  [
    'sends twice on a double click',
    /a double click sends one command/,
    clientWith({ ...defaultReconciliation, joins: () => false }),
  ],
  [
    'ignores a server that was turned back',
    /clients converge|the timeline is the history/,
    clientWith({ ...defaultReconciliation, isReset: () => false }),
  ],
  [
    'is turned back by a late old read',
    /the version never goes back|terminated is final/,
    clientWith({
      ...defaultReconciliation,
      isReset: ({ confirmed }, { sandbox, requestedAt }) =>
        requestedAt > 0 && sandbox.version < (confirmed?.sandbox.version ?? 0),
    }),
  ],
  [
    'never starts again after its disposal',
    /clients converge|the connection is restored|every command settles/,
    wrapped(({ subscribe, dispose, refresh }) => {
      let isDisposed = false;
      return {
        subscribe: (listener) => (isDisposed ? () => {} : subscribe(listener)),
        refresh: () => isDisposed || refresh(),
        dispose() {
          isDisposed = true;
          dispose();
        },
      };
    }),
  ],
  [
    'stores commands by the sandbox alone',
    /no command is sent for another account|clients converge|every rollback is recorded exactly once/,
    createSandboxClient,
    (options) => shareTabs({ ...options, account: '' } as TabSharingOptions),
  ],
  [
    'sends a stored command after its time',
    /no command is sent after its time/,
    createSandboxClient,
    ({ channel, storage, account }, clock) => {
      const renewed = (text: string | null) =>
        text?.replace(/"deadline":\d+/g, `"deadline":${clock.now() + times.deadlineMs}`) ?? null;
      return shareTabs({
        channel,
        storage: storage && { ...storageOf(storage), getItem: (key) => renewed(storage.getItem(key)) },
        account: account ?? '',
      });
    },
  ],
];

/** The methods of a storage, whose length stays current. */
const storageOf = (storage: TabStorage): TabStorage => ({
  get length() {
    return storage.length;
  },
  key: (index) => storage.key(index),
  getItem: (key) => storage.getItem(key),
  setItem: (key, value) => storage.setItem(key, value),
  removeItem: (key) => storage.removeItem(key),
});

/** Schedules in which no user logs out, which would hide what a command of the other account does. */
const withoutLogOut = schedules.map((schedule) => ({
  ...schedule,
  acts: schedule.acts.filter(({ act }) => act.do !== 'forget'),
}));

test.each(wholeMutants)(
  'the proof catches a client that %s',
  async (_name, invariant, createClient, share) => {
    const violated = await firstViolation(
      share ? withoutLogOut : schedules,
      (schedule) => runSchedule(createClient, schedule, true, undefined, share),
      5000,
    );
    expect(violated).toMatch(invariant);
  },
);

test.each(mutants)(
  'the proof catches a client that %s (versions: %s)',
  async (_name, isVersioned, invariant, bug) => {
    const createClient = clientWith({ ...defaultReconciliation, ...bug() });
    const violated = await firstViolation(
      schedules,
      (schedule) => runSchedule(createClient, schedule, isVersioned),
      5000,
    );
    expect(violated).toMatch(invariant);
  },
);
