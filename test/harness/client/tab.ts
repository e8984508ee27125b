import { type ClientOptions, type SendRequest, shareTabs } from '../../../src/client/index.ts';
import { policy, times } from './limits.ts';
import type { Network } from './network.ts';
import type { createBrowser } from './shared-browser.ts';
import type { World } from './world.ts';

/** One tab of a simulated browser: what a client in it is given. */
export interface Tab {
  readonly options: ClientOptions;
  /** Ends all that goes on in it, without a word. */
  kill(): void;
}

/** What nobody is there for any more. */
const never = new Promise<never>(() => {});

/** Opens a tab. `onSend` is told of each command that it sends. */
export function openTab(
  world: World,
  network: Network,
  random: () => number,
  browser: ReturnType<typeof createBrowser> | undefined,
  onSend: (request: SendRequest) => void,
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
        async send(request, signal) {
          if (isKilled) return never;
          onSend(request);
          const answer = await transport.send(request, signal);
          return isKilled ? never : answer;
        },
        connect: (setting, target) =>
          transport.connect(setting, {
            ...target,
            onUpdate: (reading, requestedAt) => isKilled || target.onUpdate(reading, requestedAt),
            onConnection: (...link) => isKilled || target.onConnection(...link),
          }),
      },
      clock: {
        now: world.now,
        wake: (afterMs, callback) => world.wake(afterMs, () => isKilled || callback()),
      },
      tabs: browser && shareTabs({ channel, storage: browser.storage }),
    },
    kill() {
      isKilled = true;
      channel?.cut();
    },
  };
}
