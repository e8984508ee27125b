import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** How often the operator looks at the host, in ms. */
const intervalMs = 25_000;

/** Runs an operator, who confirms absent sandboxes when the platform has really lost each of them. */
export function runOperator(world: World, supervisor: Supervisor): void {
  const { clock, platform, presence, counters, trace } = world;
  clock.wake(intervalMs, () => {
    void supervise();
    runOperator(world, supervisor);
  });

  async function supervise(): Promise<void> {
    const { host, life } = await supervisor.runningHost();
    const absences = life.isOver() ? null : host.absences();
    if (absences === null || absences.sandboxIds.some((id) => platform.get(id) !== undefined)) return;
    counters.count('operator confirms absences');
    for (const id of absences.sandboxIds) presence.confirmed.add(id);
    await life
      .during(host.confirmAbsences(absences.count))
      .catch((error: unknown) => trace.add(`  the confirmation failed: ${String(error)}`));
  }
}
