import { describe, expect, test, vi } from 'vitest';
import type { FaultProfile } from '../harness/simulation/fault-profile.ts';
import { type PlantedBug, plantedBugs, stressed } from '../harness/simulation/planted-bugs.ts';
import { simulate } from '../harness/simulation/simulate.ts';
import type { Overrides } from '../harness/simulation/world.ts';

/** Mistakes in the rules of the host and of the machine, which replacements of the store or the driver cannot make. */
const mistakes = vi.hoisted(() => ({
  acceptsStaleReports: false,
  sendsTimeoutsFirst: false,
  acceptsStaleLosses: false,
  believesOneLook: false,
  hasNoGrace: false,
  judgesYoung: false,
  keepsOldEvidence: false,
  hasNoLimit: false,
  releasesLostAtOnce: false,
  releasesOrphansAtOnce: false,
  ignoresOwners: false,
}));

vi.mock('../../src/machine/transition.ts', async (load) => {
  const real = await load<typeof import('../../src/machine/transition.ts')>();
  const transition: typeof real.transition = (sandbox, event, policy) => {
    const { incarnation, version } = sandbox;
    if (mistakes.acceptsStaleReports && event.type === 'crashed' && incarnation !== null)
      return real.transition(sandbox, { ...event, incarnation }, policy);
    if (mistakes.acceptsStaleLosses && event.type === 'lost')
      return real.transition(sandbox, { ...event, version }, policy);
    return real.transition(sandbox, event, policy);
  };
  return { ...real, transition };
});

vi.mock('../../src/server/scheduler/timekeeper.ts', async (load) => {
  const real = await load<typeof import('../../src/server/scheduler/timekeeper.ts')>();
  const createTimekeeper: typeof real.createTimekeeper = (options) => {
    const timekeeper = real.createTimekeeper(options);
    return mistakes.sendsTimeoutsFirst ? { ...timekeeper, adjusted: async () => {} } : timekeeper;
  };
  return { ...real, createTimekeeper };
});

vi.mock('../../src/server/reconciler/absence.ts', async (load) => {
  const real = await load<typeof import('../../src/server/reconciler/absence.ts')>();
  const createAbsenceEvidence: typeof real.createAbsenceEvidence = (limits, now) => {
    const evidence = real.createAbsenceEvidence(
      {
        leastMs: mistakes.hasNoGrace ? 0 : limits.leastMs,
        youthMs: mistakes.judgesYoung ? 0 : limits.youthMs,
      },
      now,
    );
    const known = new Set<string>();
    return {
      started: evidence.started,
      add(look, missing, unknown) {
        if (mistakes.believesOneLook) return [...missing];
        for (const { sandboxId } of missing) known.add(sandboxId);
        return evidence.add(look, missing, mistakes.keepsOldEvidence ? known : unknown);
      },
    };
  };
  const mostByAbsence: typeof real.mostByAbsence = (living) =>
    mistakes.hasNoLimit ? living : real.mostByAbsence(living);
  return { ...real, createAbsenceEvidence, mostByAbsence };
});

vi.mock('../../src/server/reconciler/orphans.ts', async (load) => {
  const real = await load<typeof import('../../src/server/reconciler/orphans.ts')>();
  const createOrphans: typeof real.createOrphans = (graceMs) =>
    real.createOrphans(mistakes.releasesOrphansAtOnce ? 0 : graceMs);
  const isForeign: typeof real.isForeign = (found, own) =>
    !mistakes.ignoresOwners && real.isForeign(found, own);
  return { ...real, createOrphans, isForeign };
});

vi.mock('../../src/server/reconciler/release.ts', async (load) => {
  const real = await load<typeof import('../../src/server/reconciler/release.ts')>();
  const waitForRelease: typeof real.waitForRelease = async (...args) =>
    mistakes.releasesLostAtOnce ? undefined : real.waitForRelease(...args);
  return { ...real, waitForRelease };
});

/** The simulation must find each bug within this many seeds. */
const mostSeeds = 400;

/** The first violation that the simulation finds, and its seed. */
async function findBug(
  overrides: Overrides,
  runs: PlantedBug['runs'] = () => ({}),
): Promise<{ seed: number; message: string } | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    try {
      await simulate({ seed, overrides, ...runs(seed) });
    } catch (error) {
      return { seed, message: String((error as Error).cause) };
    }
  }
  return undefined;
}

describe(`within ${mostSeeds} seeds the simulation finds the planted bug`, () => {
  test.each(plantedBugs)('$name', async ({ overrides, expected, runs }) => {
    const bug = await findBug(overrides, runs);
    expect(bug?.message).toMatch(expected);
  });

  test.each<[string, keyof typeof mistakes, RegExp, Partial<FaultProfile>?]>([
    [
      'a crash report of another incarnation is accepted',
      'acceptsStaleReports',
      /by crashed: this event changes nothing: stale/,
    ],
    [
      'after a start or a step of the clock, timeouts are sent first',
      'sendsTimeoutsFirst',
      /an idle limit counts|its operation had/,
    ],
    [
      'a sandbox that changed meanwhile counts as lost',
      'acceptsStaleLosses',
      /by lost: this event changes nothing: stale|has not lost this sandbox/,
      { losses: 8, clients: 8, inspects: true },
    ],
    ['one look is believed', 'believesOneLook', /has not lost this sandbox|by absence alone/],
    [
      'two looks are believed, whatever the time between them',
      'hasNoGrace',
      /has not lost this sandbox/,
      { inventoryLagMs: 50_000 },
    ],
    [
      'a sandbox is judged right after its start',
      'judgesYoung',
      /has not lost this sandbox/,
      { inventoryLagMs: 55_000 },
    ],
    [
      'a look that finds a sandbox is forgotten',
      'keepsOldEvidence',
      /has not lost this sandbox/,
      { inventoryOmits: 0.1 },
    ],
    ['absence alone ends any number of sandboxes', 'hasNoLimit', /one look ended \d+ sandboxes/],
    [
      'a lost sandbox is released at once',
      'releasesLostAtOnce',
      /ended by absence, and was released before its grace/,
    ],
    ['an orphan is released at once', 'releasesOrphansAtOnce', /orphan \d+ was released before its grace/],
    ['a sandbox of another owner is released', 'ignoresOwners', /foreign \d+ of another owner was released/],
  ])('%s', async (_, mistake, expected, faults) => {
    mistakes[mistake] = true;
    try {
      const bug = await findBug({}, faults && stressed(faults));
      expect(bug?.message).toMatch(expected);
    } finally {
      mistakes[mistake] = false;
    }
  });
});
