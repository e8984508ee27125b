import { type ConformanceCheck, conformanceChecks } from '../conformance.ts';
import { calledOff } from './checks/called-off.ts';
import { crashes } from './checks/crashes.ts';
import { inventory } from './checks/inventory.ts';
import { late } from './checks/late.ts';
import { released } from './checks/released.ts';
import { repeated } from './checks/repeated.ts';
import { restarted } from './checks/restarted.ts';
import { createHarness } from './harness.ts';
import type { DriverConformanceOptions, DriverUnderTest } from './options.ts';

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
  return conformanceChecks(checks, options, () => createHarness(options));
}
