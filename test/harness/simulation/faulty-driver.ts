import type { Crash, Driver, Inspection, Job, ReleaseJob } from '../../../src/server/driver/driver.ts';
import { type SimulatedDriver, simulatedDriver } from '../../../src/server/driver/simulated/index.ts';
import { isEndedByAbsence } from '../../../src/server/reconciler/absence.ts';
import { Violation } from '../shared/violation.ts';
import { type Life, never } from './life.ts';
import { removalProblem } from './snapshot-invariants.ts';
import { looks } from './supervisor.ts';
import type { World } from './world.ts';

/** How long an inspection takes at most, in ms. */
const longestInspectionMs = 5_000;

/** The platform as a host sees it, with crash points around each call. Once the world is quiet, calls do not fail. */
export function faultyDriver(world: World, life: Life): Driver {
  const { platform, clock, trace, audit, profile, presence } = world;
  const isQuiet = () => world.isQuiet;
  const seed = world.seed;
  const faulty = simulatedDriver({ ...profile.platform, platform, clock, seed });
  const reliable = simulatedDriver({ platform, clock, seed, latencyMs: [0, 200] });
  life.onEnd(() => {
    faulty.abandon();
    reliable.abandon();
  });

  async function call<Result>(
    name: string,
    work: (driver: SimulatedDriver) => Promise<Result>,
  ): Promise<Result> {
    if (world.point(life, `before driver.${name}`)) return never();
    trace.add(`  driver.${name}`);
    try {
      const result = await work(isQuiet() ? reliable : faulty);
      if (world.point(life, `after driver.${name}`)) return never();
      trace.add(`  driver.${name}: done`);
      return result;
    } catch (error) {
      if (world.point(life, `after driver.${name} failed`)) return never();
      trace.add(`  driver.${name}: ${String(error)}`);
      throw error;
    }
  }

  /** Every requested operation must be on the disk. Otherwise the operation is lost when the host crashes now. */
  function operate<Result, Requested extends Job | ReleaseJob>(
    kind: string,
    job: Requested,
    work: (driver: SimulatedDriver) => Promise<Result>,
  ): Promise<Result> {
    const { sandboxId, operation } = job;
    const sandbox = audit.entries.get(sandboxId)?.sandbox;
    const started =
      sandbox === undefined ? 0 : sandbox.operations + (sandbox.status === 'terminated' ? 1 : 0);
    if (operation > started)
      world.fail(new Violation(`${kind} ${sandboxId}/${operation} is not on the disk`));
    return call(`${kind} ${sandboxId}/${operation}`, work);
  }

  /** Calls `note` when the host begins to stop before the work has ended: it may take effect at any later time. */
  async function noteIfCutShort<Result>(note: () => void, work: () => Promise<Result>): Promise<Result> {
    const off = life.onStopping(note);
    try {
      return await work();
    } finally {
      off();
    }
  }

  return {
    boot: (job) => operate('boot', job, (driver) => driver.boot(job)),
    snapshot: (job) =>
      noteIfCutShort(
        () => world.unreportedCaptures.add(job.snapshotId),
        () => operate('snapshot', job, (driver) => driver.snapshot(job)),
      ),
    suspend: (job) => operate('suspend', job, (driver) => driver.suspend(job)),
    resume: (job) => operate('resume', job, (driver) => driver.resume(job)),
    configure: (job) => {
      const { sandboxId, generation } = job;
      if (generation > (audit.entries.get(sandboxId)?.sandbox.generation ?? 0))
        world.fail(new Violation(`generation ${generation} of ${sandboxId} is not on the disk`));
      return call(`configure ${sandboxId}/${generation}`, async (driver) => driver.configure?.(job));
    },
    release: (job) => {
      checkRelease(world, job.sandboxId);
      return operate('release', job, (driver) => driver.release(job));
    },
    deleteSnapshot: (id) => {
      const problem = removalProblem(id, audit.entries.values());
      if (problem !== undefined) world.fail(problem);
      return call(`deleteSnapshot ${id}`, (driver) => driver.deleteSnapshot(id));
    },
    async inventory() {
      // The omissions at the call, as the inventory itself.
      const isListed = isQuiet() ? () => true : presence.listing();
      return call('inventory', async (driver) => {
        const found = (await driver.inventory()).filter(({ sandboxId }) => isListed(sandboxId));
        return found.map((one) => ({ ...one, owner: world.foreign.has(one.sandboxId) ? 'another' : null }));
      });
    },
    ...(profile.inspects && {
      inspect: (id) =>
        call(`inspect ${id}`, async () => {
          const latencyMs = isQuiet() ? 0 : world.random.between(0, longestInspectionMs);
          await new Promise<void>((resolve) => void clock.wake(latencyMs, resolve));
          if (!isQuiet() && world.random.chance(profile.inspectFails))
            throw new Error('The inspection failed (simulated).');
          return inspect(world, id);
        }),
    }),
    adopt(adopted) {
      const ids = adopted.map(({ sandboxId }) => sandboxId);
      return noteIfCutShort(
        () => ids.forEach((id) => void world.unreportedAdoptions.add(id)),
        () => call(`adopt ${ids}`, (driver) => driver.adopt(adopted)),
      );
    },
    watch(onCrash) {
      const reportIf = (isActive: () => boolean) => (crash: Crash) => {
        if (!isActive() || world.point(life, 'before a crash report')) return;
        trace.add(`  driver reports the crash of ${crash.sandboxId}/${crash.incarnation}`);
        onCrash(crash);
      };
      const stops = [faulty.watch(reportIf(() => !isQuiet())), reliable.watch(reportIf(isQuiet))];
      return () => {
        for (const stop of stops) stop();
      };
    },
    close: () => call('close', async () => void (await Promise.all([faulty.close(), reliable.close()]))),
  };
}

/** Looks at a sandbox. The platform knows of some ends and has forgotten others. */
function inspect({ platform, random }: World, sandboxId: string): Inspection {
  const instance = platform.get(sandboxId);
  if (instance !== undefined) return { state: instance.state };
  const last = platform.effects.findLast(
    (one) => one.sandboxId === sandboxId && one.kind !== 'deleteSnapshot',
  );
  if (last?.kind !== 'die' || random.chance(0.5)) return { state: 'absent' };
  return { state: 'exited', exitCode: random.pick([null, 0, 1]), reason: 'its program ended (simulated)' };
}

/** Checks that a release does not come before its grace, and does not meet a sandbox of another owner. */
function checkRelease(world: World, sandboxId: string): void {
  const { clock, audit, profile, foreign, orphans } = world;
  const graceMs = looks.orphanGraceSeconds * 1000;
  if (foreign.has(sandboxId)) world.fail(new Violation(`${sandboxId} of another owner was released`));
  const appearedAt = orphans.get(sandboxId);
  if (appearedAt !== undefined && clock.elapsed() - appearedAt < graceMs)
    world.fail(new Violation(`${sandboxId} was released before its grace had passed`));
  const sandbox = audit.entries.get(sandboxId)?.sandbox;
  if (sandbox === undefined || profile.jumps > 0 || !isEndedByAbsence(sandbox)) return;
  if (clock.now() < (sandbox.terminatedAt ?? 0) + graceMs)
    world.fail(new Violation(`${sandboxId} ended by absence, and was released before its grace had passed`));
}
