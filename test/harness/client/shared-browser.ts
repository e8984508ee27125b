import type { TabChannel, TabStorage } from '../../../src/client/index.ts';
import type { World } from './world.ts';

type Listener = (event: unknown) => void;

/** What the tabs of one browser share: channels that take a moment, and one storage. */
export function createBrowser(world: World) {
  const channels = new Set<Set<Listener>>();
  const stored = new Map<string, string>();
  const storage: TabStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    removeItem: (key) => stored.delete(key),
  };
  let messages = 0;

  /** A new end of the channel, which hears the others and never itself. `cut` is what happens when its tab is killed. */
  function channel(): TabChannel & { cut(): void } {
    const own = new Set<Listener>();
    channels.add(own);
    let isCut = false;
    return {
      postMessage(message) {
        if (isCut) return;
        const text = JSON.stringify(message);
        for (const other of channels) {
          if (other === own) continue;
          messages++;
          world.wake(3, () => {
            for (const listener of [...other]) listener({ data: JSON.parse(text) });
          });
        }
      },
      addEventListener: (_type, listener) => own.add(listener),
      removeEventListener: (_type, listener) => own.delete(listener),
      cut() {
        isCut = true;
        channels.delete(own);
      },
    };
  }
  return { channel, storage, messages: () => messages };
}
