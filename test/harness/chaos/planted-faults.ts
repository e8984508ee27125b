import type { Driver, Job, Store } from '../../../src/server/index.ts';
import type { SharedStore } from '../../../src/server/store/shared.ts';

/** A store of several hosts. */
export type HostStore = Store & { readonly shared: SharedStore };

/** A fault that is planted in each host, or in the functions of the database. */
export interface PlantedFault {
  readonly store?: (store: HostStore, hostName: string) => HostStore;
  readonly driver?: (driver: Driver) => Driver;
  /** A replacement in the text of a function. */
  readonly spoil?: { readonly name: string; readonly from: RegExp; readonly to: string };
}

/** How long it takes to undo an operation, in ms. */
const undoMs = 1_000;

/** Faults of hosts that share a store, by name; `none` is a host without one. */
export const plantedFaults = {
  none: {},
  'drives-what-others-hold': { store: drivesAll },
  'lease-without-fencing': {
    spoil: {
      name: 'write_sandbox',
      from: /WHEN s->>'host' IS NULL OR is_alive\(holder\) THEN holder/,
      to: "WHEN s->>'host' IS NULL THEN holder",
    },
  },
  'lease-too-short': { store: beatsBriefly },
  'undoes-on-letting-go': { driver: undoes },
  'commits-without-compare-and-swap': {
    spoil: {
      name: 'write_sandbox',
      from: /AND version = \(s->'expected'->>0\)::integer\s+AND revision = \(s->'expected'->>1\)::integer/,
      to: '',
    },
  },
  'forgets-responses': { store: forgetsResponses },
  'never-takes-over': { store: takesNothing },
} satisfies Readonly<Record<string, PlantedFault>>;

/** The name of a planted fault. */
export type FaultName = keyof typeof plantedFaults;

/** Believes to hold whatever it commits. */
function drivesAll(store: HostStore, hostName: string): HostStore {
  return { ...store, commit: async (commit) => ({ ...(await store.commit(commit)), holder: hostName }) };
}

/** Lets its lease end between two heartbeats. */
function beatsBriefly(store: HostStore): HostStore {
  return { ...store, shared: { ...store.shared, heartbeat: (host) => store.shared.heartbeat(host, 50) } };
}

function takesNothing(store: HostStore): HostStore {
  return { ...store, shared: { ...store.shared, take: async () => [] } };
}

function forgetsResponses(store: HostStore): HostStore {
  return {
    ...store,
    commit: ({ response: _, ...commit }) => store.commit(commit),
    response: async () => undefined,
  };
}

/** Releases a sandbox when it lets go of its boot or resume. */
function undoes(driver: Driver): Driver {
  const undoing = <Undone extends Job>(job: Undone): Undone => {
    const undo = {
      sandboxId: job.sandboxId,
      operation: job.operation + 1,
      signal: new AbortController().signal,
    };
    job.letGo?.addEventListener('abort', () => {
      setTimeout(() => void driver.release(undo).catch(() => {}), undoMs);
    });
    return job;
  };
  return {
    ...driver,
    boot: (job) => driver.boot(undoing(job)),
    resume: (job) => driver.resume(undoing(job)),
  };
}
