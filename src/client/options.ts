import { defaultPolicy, type Policy } from '../machine/policy.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Rules, rules } from './rules.ts';
import { createServerTime, type ServerTime } from './server-time.ts';
import type { TabSharing } from './share-tabs.ts';
import { type ClientTimes, defaultTimes } from './times.ts';
import type { Transport } from './transport.ts';

/** What every client takes. */
export interface ClientOptions {
  /** The way to the server: `httpTransport` or `sourceTransport`. */
  readonly transport: Transport;
  /** The clock of this machine unless given. */
  readonly clock?: Clock | undefined;
  /** What the tabs of a browser share: made by `shareTabs({ channel, storage })`. */
  readonly tabs?: TabSharing | undefined;
  /** The server's policy, which predictions go by; the default one unless given. */
  readonly policy?: Policy | undefined;
  /** How long to wait for what, in ms. */
  readonly times?: Partial<ClientTimes> | undefined;
  /** Numbers from 0 to below 1: `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/** Options with nothing left out, and what all sandboxes of one client share. */
export interface Setting {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly tabs: TabSharing | undefined;
  readonly policy: Policy;
  readonly times: ClientTimes;
  readonly random: () => number;
  readonly rules: Rules;
  readonly serverTime: ServerTime;
  /** The name of this tab. */
  readonly tab: string;
  /** Counts what happens to this client, so that "after" has a meaning without a clock. */
  tick(): number;
  /** A new name that nobody else has. */
  newId(): string;
}

/** Fills in what was left out. `own` are the rules: only a proof gives others. */
export function settingOf(options: ClientOptions, own: Rules = rules): Setting {
  const { clock = systemClock, random = Math.random, policy = defaultPolicy } = options;
  const newId = () => [0, 0].map(() => random().toString(36).slice(2)).join('');
  let ticks = 0;
  return {
    tabs: undefined,
    ...options,
    clock,
    policy,
    times: { ...defaultTimes, ...options.times },
    random,
    rules: own,
    serverTime: createServerTime(clock),
    tab: newId(),
    tick: () => ++ticks,
    newId,
  };
}
