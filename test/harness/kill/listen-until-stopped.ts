import type { AddressInfo } from 'node:net';
import { listen } from '../../../src/cli/serve/listen.ts';
import type { createApi, Host } from '../../../src/server/index.ts';

interface Served {
  readonly host: Host;
  readonly api: ReturnType<typeof createApi>;
  readonly options: Parameters<typeof listen>[1];
}

/** Serves an API as the `serve` command does, says its address, and stops in order when the process gets SIGINT. */
export async function listenUntilStopped({ host, api, options }: Served): Promise<void> {
  const server = await listen(api, options);
  process.on('SIGINT', async () => {
    api.close();
    server.close();
    server.closeAllConnections();
    await host.close();
    process.exit(0);
  });
  console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
