import { defaultPolicy, type Policy } from '../model/policy.ts';
import { type Clock, systemClock } from '../utils/clock.ts';
import type { ClientContext } from './replica/client-context.ts';
import type { Reconciliation } from './replica/reconcile.ts';
import type { TabSharing } from './replica/tab-sharing.ts';
import { type ClientTimes, defaultTimes } from './transport/times.ts';
import type { ConnectionObserver, Transport } from './transport/transport.ts';

/** Options of every client. */
export interface ClientOptions {
  /** The transport to the server: `httpTransport` or `tensorlakeTransport`. */
  readonly transport: Transport;
  /** The clock of this machine unless given. */
  readonly clock?: Clock | undefined;
  /** Shares commands between the tabs of a browser: the result of `shareTabs({ channel, storage })`. */
  readonly tabs?: TabSharing | undefined;
  /** The server's policy, which the predictions apply; the default policy unless given. */
  readonly policy?: Policy | undefined;
  /** Time limits and intervals, in ms. */
  readonly times?: Partial<ClientTimes> | undefined;
  /** Numbers from 0 to below 1: `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/** Fills in the defaults and connects the observer to the server. */
export function createContext(
  options: ClientOptions,
  reconciliation: Reconciliation,
  observer: ConnectionObserver,
): ClientContext {
  const { transport, clock = systemClock(), random = Math.random, policy = defaultPolicy } = options;
  const newId = () => [0, 0].map(() => random().toString(36).slice(2)).join('');
  let ticks = 0;
  const base = { clock, random, times: { ...defaultTimes, ...options.times }, nextTick: () => ++ticks };
  const connection = transport.connect(base, observer);
  return {
    ...base,
    transport,
    connection,
    policy,
    reconciliation,
    tabId: newId(),
    newId,
    serverNow: () => Math.round(clock.now() + connection.aheadMs()),
  };
}
