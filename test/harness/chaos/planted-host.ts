import { remoteDriver } from '../../../src/server/driver/remote/index.ts';
import { createApi, createHost } from '../../../src/server/index.ts';
import { postgresStore } from '../../../src/server/store/postgres/index.ts';
import { serveOptionsOf } from '../cli/serve-options.ts';
import { listenUntilStopped } from '../kill/listen-until-stopped.ts';
import { type FaultName, type HostStore, type PlantedFault, plantedFaults } from './planted-faults.ts';

// Run as `planted-host.ts FAULT serve …`: the `serve` command of one of several hosts, with a planted fault.
const [fault, , ...args] = process.argv.slice(2);
const options = serveOptionsOf(args);
const { store: plantStore, driver: plantDriver }: PlantedFault = plantedFaults[fault as FaultName];
const { hostName = '', aliveSeconds } = options;

const store = (await postgresStore({ url: options.store?.href ?? '', hosts: 'many' })) as HostStore;
const driver = await remoteDriver({ url: String(options.driver) });
const host = await createHost({
  store: plantStore?.(store, hostName) ?? store,
  driver: plantDriver?.(driver) ?? driver,
  policy: options.policy,
  hostName,
  aliveSeconds,
});
const api = createApi(host, {});
await listenUntilStopped({ host, api, options });
