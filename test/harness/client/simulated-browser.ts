import type { TabChannel, TabStorage } from '../../../src/client/index.ts';
import type { World } from './world.ts';

type Listener = (event: unknown) => void;

/** Creates the parts of a browser that its tabs share: channels with a latency, and one storage. */
export function createBrowser(world: World) {
  const channels = new Set<Set<Listener>>();
  const stored = new Map<string, string>();
  const storage: TabStorage = {
    get length() {
      return stored.size;
    },
    key: (index) => [...stored.keys()][index] ?? null,
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    removeItem: (key) => stored.delete(key),
  };
  let messages = 0;

  /** Creates an end of the channel, which receives the messages of the others. `cut` disconnects it when its tab is killed. */
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
  return { channel, storage, keys: () => [...stored.keys()], messages: () => messages };
}
