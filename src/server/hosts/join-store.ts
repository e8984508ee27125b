import type { Clock } from '../../utils/clock.ts';
import { printable } from '../../utils/printable.ts';
import { newId } from '../commands/new-sandbox.ts';
import { RuleError } from '../errors.ts';
import type { HostOptions } from '../host-options.ts';
import type { Downtime } from '../scheduler/clock-rules.ts';
import type { Shutdown } from '../shutdown.ts';
import type { Store } from '../store/store.ts';
import type { Reporting } from '../telemetry/observation.ts';
import { aloneHolding, type Holding } from './holding.ts';
import { hostStore } from './host-store.ts';
import { joinHosts, type Membership } from './membership.ts';

/** A store as a host uses it, alone or among others. */
interface JoinedStore {
  readonly store: Store;
  /** The clock of the host: the time of the store where several hosts share it. */
  readonly clock: Clock;
  readonly holding: Holding;
  /** The name of this host. */
  readonly hostName: string;
  /** How the host learns of the time in which no host was alive, where several share the store. */
  readonly downtime?: {
    readonly readDowntime: () => Promise<Pick<Downtime, 'lastHeartbeat'> | null>;
    readonly downtimeStore: Pick<Store, 'unsettled'>;
  };
  /** Undefined on a store that belongs to this host alone. */
  readonly membership?: Membership;
}

/** The time to live of a host without a heartbeat, in s. */
const defaultAliveSeconds = 15;

/** The least time without a heartbeat in the store that is a downtime, in ms. Living hosts write one every few seconds. */
const leastDowntimeMs = 15_000;

/** Throws for a name that logs, metrics and paths cannot carry. */
function mustBeHostName(name: string): void {
  if (!/^[\w.:-]{1,128}$/.test(name))
    throw new RuleError(
      `The name of a host is ${printable(name)}; use 1 to 128 letters, digits, dots, colons, hyphens and underscores.`,
    );
}

/** Joins the hosts of a store that several share, and adds the end to the shutdown. Rejects when the store cannot be reached. */
export async function joinStore(
  { store, hostName = newId(), aliveSeconds = defaultAliveSeconds }: HostOptions,
  {
    clock,
    shutdown,
    reporting: { observe, onProblem },
  }: {
    readonly clock: Clock;
    readonly shutdown: Shutdown;
    readonly reporting: Reporting;
  },
): Promise<JoinedStore> {
  mustBeHostName(hostName);
  const { shared } = store;
  if (shared === undefined) return { store, clock, holding: aloneHolding, hostName };
  const aliveMs = Math.max(1, aliveSeconds) * 1000;
  const membership = await joinHosts({ store, shared, clock, name: hostName, aliveMs, observe, onProblem });
  shutdown.add('The work of this host', membership.leave);
  return {
    store: hostStore(store, membership),
    clock: membership.clock,
    holding: membership.holding,
    hostName,
    membership,
    downtime: {
      downtimeStore: store,
      /**
       * A host is alive for a while after its heartbeat, so a shorter time does not count as downtime. Every host that starts after a
       * downtime moves the records, because one may end in the middle; none moves a record twice.
       */
      async readDowntime() {
        const lastHeartbeat = await store.lastHeartbeat();
        const endedAt = (lastHeartbeat ?? membership.clock.now()) + Math.max(aliveMs, leastDowntimeMs);
        return endedAt < membership.clock.now() ? { lastHeartbeat: endedAt } : null;
      },
    },
  };
}
