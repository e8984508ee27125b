import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { listInternalsOf } from '../../src/client/replica/list-internals.ts';
import { firstViolation } from '../harness/client/proof.ts';
import {
  type CreationFault,
  creationSchedules,
  runCreationSchedule,
} from '../harness/client/run-creation-schedule.ts';

const numRuns = 150;

test.each([true, false])(
  'creations keep every invariant in 150 random schedules (versions: %s)',
  async (isVersioned) => {
    const total: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(creationSchedules, async (schedule) => {
        const counts = await runCreationSchedule(schedule, isVersioned);
        for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
      }),
      { numRuns },
    );
    if (process.env['FAST_CHECK_SEED'] !== undefined) return;
    expect(total['applied']).toBeGreaterThan(40);
    expect(total['refused']).toBeGreaterThan(20);
    if (!isVersioned) expect(total['unknown']).toBeGreaterThan(20);
  },
);

/** A planted bug, and the invariant that must catch it. */
interface Mutant {
  readonly name: string;
  readonly isVersioned: boolean;
  readonly invariant: RegExp;
  readonly fault: CreationFault;
}

/** The fault that ignores the removal of an entry after a refusal. */
function keepsRefused(): CreationFault {
  let isRefused = false;
  return {
    transport: (transport) => ({
      ...transport,
      async request(path, init) {
        const response = (await transport.request?.(path, init)) as Response;
        isRefused ||= response.status === 409;
        return response;
      },
    }),
    list(list) {
      isRefused = false;
      const { store } = listInternalsOf(list);
      const { remove } = store;
      store.remove = (source) => {
        if (!isRefused) remove(source);
      };
    },
  };
}

const mutants: readonly Mutant[] = [
  {
    name: 'shows the entry beside the real sandbox',
    isVersioned: false,
    invariant: /one creation has at most one entry|never shows a creation twice/,
    fault: {
      list(list) {
        const { updateListeners } = listInternalsOf(list);
        updateListeners.add = () => updateListeners;
      },
    },
  },
  {
    name: 'keeps the entry of a refused creation',
    isVersioned: true,
    invariant: /a failed creation leaves the list/,
    fault: keepsRefused(),
  },
  {
    name: 'sends each try with a key of its own',
    isVersioned: true,
    invariant: /one creation (creates at most one sandbox|has at most one entry)/,
    fault: {
      transport(transport) {
        let tries = 0;
        return {
          ...transport,
          request(path, init = {}) {
            const headers = { ...(init.headers as object), 'idempotency-key': `try${++tries}` };
            return transport.request?.(path, { ...init, headers }) as Promise<Response>;
          },
        };
      },
    },
  },
];

test.each(mutants)(
  'the proof catches a creator that $name (versions: $isVersioned)',
  async ({ fault, invariant, isVersioned }) => {
    const violated = await firstViolation(
      creationSchedules,
      async (schedule) => void (await runCreationSchedule(schedule, isVersioned, fault)),
      300,
    );
    expect(violated).toMatch(invariant);
  },
);
