import { type ConformanceCheck, conformanceChecks } from '../conformance.ts';
import { aborted } from './checks/aborted.ts';
import { configured } from './checks/configured.ts';
import { crashes } from './checks/crashes.ts';
import { inspected } from './checks/inspected.ts';
import { inventory } from './checks/inventory.ts';
import { late } from './checks/late.ts';
import { released } from './checks/released.ts';
import { repeated } from './checks/repeated.ts';
import { restarted } from './checks/restarted.ts';
import { snapshots } from './checks/snapshots.ts';
import { createHarness } from './harness.ts';
import type { DriverConformanceOptions, DriverUnderTest } from './options.ts';

const checks = [
  ...[...inventory, ...inspected, ...repeated, ...late, ...aborted, ...released],
  ...[...crashes, ...restarted, ...snapshots, ...configured],
];

/**
 * Creates the checks of the guarantees that every driver gives its host, for any test runner. Each check gets its own
 * driver from `create` and cleans it up; on a real platform it starts real sandboxes. Retries retryable failures, as a
 * host does.
 *
 * @example
 * const create = () => ({ driver: myDriver(), reopen: () => myDriver() });
 * for (const { name, run } of driverConformance({ create })) test(name, run);
 */
export function driverConformance<Under extends DriverUnderTest>(
  options: DriverConformanceOptions<Under>,
): readonly ConformanceCheck[] {
  return conformanceChecks(checks, options, () => createHarness(options));
}
