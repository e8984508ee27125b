import { createHost, type Host, type Store } from '../../../src/server/index.ts';
import type { HostConformanceOptions, HostSetup } from '../../../src/testing/index.ts';
import { type CrashingStore, crashingStore } from './crashing-store.ts';

/** A store on which the suite of hosts runs. */
interface StoreUnderTest {
  /** Opens a store without data. */
  readonly open: (setup: HostSetup) => Store | Promise<Store>;
  /** Opens the data of a store whose host has crashed. By default the same object goes on. */
  readonly reopen?: (store: Store) => Store | Promise<Store>;
  /** Opens the data once more, for another host. */
  readonly another?: (store: Store) => Store | Promise<Store>;
}

/** The options of the suite for hosts of `createHost` on a store. `change` may plant a fault in a setup or in a host. */
export function hostsOn(
  under: StoreUnderTest,
  change: (setup: HostSetup, store: Store) => Promise<Host> = createOn,
): Pick<HostConformanceOptions<Host>, 'open' | 'restart'> & Partial<HostConformanceOptions<Host>> {
  const stores = new WeakMap<Host, CrashingStore & { readonly base: Store }>();

  async function start(base: Store, setup: HostSetup): Promise<Host> {
    const crashing = crashingStore(base);
    const host = await change(setup, crashing.store);
    stores.set(host, { ...crashing, base });
    return host;
  }

  const storeOf = (host: Host) => {
    const found = stores.get(host);
    if (!found) throw new Error('The host was not started here.');
    return found;
  };
  const { another } = under;
  return {
    open: async (setup) => start(await under.open(setup), setup),
    async restart(host, setup, whileDown) {
      const { base, crash } = storeOf(host);
      crash();
      await whileDown();
      return start(await (under.reopen?.(base) ?? base), setup);
    },
    ...(another && { another: async (host, setup) => start(await another(storeOf(host).base), setup) }),
  };
}

async function createOn(setup: HostSetup, store: Store): Promise<Host> {
  return createHost({ ...setup, store });
}
