import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processDriver } from '../../../src/server/driver/process/index.ts';
import { createApi, createHost, type Driver, type Store } from '../../../src/server/index.ts';
import { sqliteStore } from '../../../src/server/store/sqlite/index.ts';
import { serveOptionsOf } from '../cli/serve-options.ts';
import { listenUntilStopped } from './listen-until-stopped.ts';
import { type BugName, plantedBugs } from './planted-bugs.ts';

// Run as `planted-server.ts BUG serve …`: the `serve` command with a planted bug.
const [bug, , ...args] = process.argv.slice(2);
const options = serveOptionsOf(args);
const {
  store = (original: Store) => original,
  driver = (original: Driver) => original,
}: {
  store?: (store: Store) => Store;
  driver?: (driver: Driver) => Driver;
} = plantedBugs[bug as BugName];

mkdirSync(options.data, { recursive: true });
const host = await createHost({
  store: store(sqliteStore(join(options.data, 'sandboxes.db'))),
  driver: driver(processDriver(options.data)),
  policy: options.policy,
  ...options.presence,
});
const api = createApi(host, { publicUrl: options.publicUrl });
await listenUntilStopped({ host, api, options });
