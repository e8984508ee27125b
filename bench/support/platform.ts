import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver, Found } from '../../src/server/index.ts';

/** A platform for measurements. */
export interface Platform {
  /** Its driver, which any number of hosts may share. */
  driver(host: string): Driver;
  /** Lets the platform have a running sandbox that it did not boot. */
  has(sandboxId: string): void;
}

/** A call of a driver. */
export interface Call {
  readonly host: string;
  readonly kind: 'boot' | 'suspend' | 'resume' | 'release';
  readonly sandboxId: string;
}

/** Creates a platform whose operations succeed at once, but for boots, which take `bootMs` unless they are aborted. */
export function createPlatform({
  bootMs = 0,
  onCall,
}: {
  bootMs?: number;
  onCall?: (call: Call) => void;
} = {}): Platform {
  const states = new Map<string, Found['state']>();
  return { driver: driverOf, has: (sandboxId) => void states.set(sandboxId, 'running') };

  function driverOf(host: string): Driver {
    const set = (kind: Call['kind'], state: Found['state']) => async (job: { sandboxId: string }) => {
      onCall?.({ host, kind, sandboxId: job.sandboxId });
      states.set(job.sandboxId, state);
    };
    return {
      kind: 'bench',
      reach: 'everywhere',
      async boot({ sandboxId, signal, letGo }) {
        onCall?.({ host, kind: 'boot', sandboxId });
        const ends = letGo ? AbortSignal.any([signal, letGo]) : signal;
        if (bootMs > 0) await sleep(bootMs, undefined, { signal: ends });
        states.set(sandboxId, 'running');
      },
      resume: set('resume', 'running'),
      suspend: set('suspend', 'paused'),
      snapshot: async () => ({}),
      async release({ sandboxId }) {
        onCall?.({ host, kind: 'release', sandboxId });
        states.delete(sandboxId);
      },
      deleteSnapshot: async () => {},
      inventory: async () => [...states].map(([sandboxId, state]) => ({ sandboxId, state })),
      async adopt(sandboxes) {
        for (const { sandboxId, incarnation } of sandboxes)
          states.set(sandboxId, incarnation === null ? 'paused' : 'running');
      },
      watch: () => () => {},
      close: async () => {},
    };
  }
}
