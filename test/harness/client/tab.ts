import {
  type ClientOptions,
  type Clock,
  type SendRequest,
  shareTabs,
  type TabSharing,
  type TabSharingOptions,
} from '../../../src/client/index.ts';
import { policy, times } from './limits.ts';
import type { Network } from './network.ts';
import type { createBrowser } from './simulated-browser.ts';
import type { World } from './world.ts';

/** Creates the tab sharing of a tab. Planted bugs replace it. */
export type ShareTabs = (options: TabSharingOptions, clock: Clock) => TabSharing;

/** One tab of a simulated browser, with the options of its client. */
export interface Tab {
  readonly options: ClientOptions;
  /** Stops everything in the tab at once. */
  kill(): void;
}

/** The result of a call in a killed tab. */
const never = new Promise<never>(() => {});

/** Opens a tab. `onSend` is called for each command that it sends. */
export function openTab(
  world: World,
  network: Network,
  random: () => number,
  browser: ReturnType<typeof createBrowser> | undefined,
  onSend: (request: SendRequest) => void,
  account = '',
  share: ShareTabs = shareTabs,
): Tab {
  const channel = browser?.channel();
  const transport = network.transport();
  let isKilled = false;
  return {
    options: {
      policy,
      times,
      random,
      transport: {
        isVersioned: transport.isVersioned,
        problemOf: transport.problemOf,
        async send(request, signal) {
          if (isKilled) return never;
          onSend(request);
          const reply = await transport.send(request, signal);
          return isKilled ? never : reply;
        },
        connect: (context, observer) =>
          transport.connect(context, {
            ...observer,
            onUpdate: (update, requestedAt) => isKilled || observer.onUpdate(update, requestedAt),
            onConnection: (...connection) => isKilled || observer.onConnection(...connection),
          }),
      },
      clock: {
        now: world.now,
        wake: (afterMs, callback) => world.wake(afterMs, () => isKilled || callback()),
      },
      tabs: browser && share({ channel, storage: browser.storage, account }, world),
    },
    kill() {
      isKilled = true;
      channel?.cut();
    },
  };
}
