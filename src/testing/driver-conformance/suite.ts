import { calledOff } from './checks/called-off.ts';
import { crashes } from './checks/crashes.ts';
import { inventory } from './checks/inventory.ts';
import { late } from './checks/late.ts';
import { released } from './checks/released.ts';
import { repeated } from './checks/repeated.ts';
import { restarted } from './checks/restarted.ts';
import { createStage } from './harness.ts';
import type { ConformanceCheck, DriverConformanceOptions, DriverUnderTest } from './options.ts';

const checks = [...inventory, ...repeated, ...late, ...calledOff, ...released, ...crashes, ...restarted];

/**
 * What every driver owes its host, as a list of checks for any test runner. Each has a driver to itself, made by `create`
 * and cleaned up again; on a real platform it starts real sandboxes. What fails for now is tried again, as a host does.
 *
 * @example
 * const create = () => ({ driver: myDriver(), reopen: () => myDriver() });
 * for (const { name, run } of driverConformance({ create })) test(name, run);
 */
export function driverConformance<Under extends DriverUnderTest>(
  options: DriverConformanceOptions<Under>,
): readonly ConformanceCheck[] {
  return checks.map(({ name, needs, run }) => {
    if (needs !== undefined && options[needs] === undefined) {
      return { name: `(left out, for want of the option ${needs}) ${name}`, run: async () => {} };
    }
    return {
      name,
      async run() {
        const stage = await createStage(options);
        try {
          await run(stage);
        } catch (error) {
          // What it was about comes first, whatever else goes wrong because of it.
          await stage.cleanUp().catch(() => {});
          throw error;
        }
        await stage.cleanUp();
      },
    };
  });
}
