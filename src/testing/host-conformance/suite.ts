import assert from 'node:assert/strict';
import { type ConformanceCheck, conformanceChecks, skippedCheck } from '../conformance.ts';
import type { Check } from './check.ts';
import { closing } from './checks/closing.ts';
import { commands } from './checks/commands.ts';
import { conditions } from './checks/conditions.ts';
import { configuration } from './checks/configuration.ts';
import { histories } from './checks/histories.ts';
import { keys } from './checks/keys.ts';
import { lists } from './checks/lists.ts';
import { names } from './checks/names.ts';
import { restarts } from './checks/restarts.ts';
import { several } from './checks/several.ts';
import { snapshots } from './checks/snapshots.ts';
import { time } from './checks/time.ts';
import { waits } from './checks/waits.ts';
import { watching } from './checks/watching.ts';
import { work } from './checks/work.ts';
import { createHarness } from './harness.ts';
import type { HostConformanceOptions, HostUnderTest, OptionalMethod } from './options.ts';

const optionalMethods = [
  ...(['update', 'list', 'watch', 'position', 'waitFor'] as const),
  ...(['getSnapshot', 'listSnapshots', 'deleteSnapshot'] as const),
] satisfies readonly OptionalMethod[];

const checks: readonly Check[] = [
  ...[...commands, ...conditions, ...names, ...keys, ...work, ...configuration, ...time],
  ...[...histories, ...watching, ...lists, ...waits, ...snapshots, ...restarts, ...several, ...closing],
];

/**
 * Creates the checks of the guarantees that every host gives its users, for any test runner: a host of `createHost` on any store, and
 * hosts on other engines. Each check opens its own host, closes it at the end, and rejects with an `AssertionError` when it fails.
 *
 * @example
 * const open = (setup) => createHost({ store: memoryStore(), ...setup });
 * for (const { name, run } of hostConformance({ open })) test(name, run);
 */
export function hostConformance<Under extends HostUnderTest>(
  options: HostConformanceOptions<Under>,
): readonly ConformanceCheck[] {
  const { lacks = {} } = options;
  return [declared(options), ...checks].flatMap((check) => {
    const lacking = check.uses?.find((part) => lacks[part] !== undefined);
    if (lacking !== undefined)
      return skippedCheck(check.name, `the host lacks ${lacking}: ${lacks[lacking]}`);
    return conformanceChecks([check], options, () => createHarness(options));
  });
}

/** The check that nothing is left out silently. */
function declared({ lacks = {} }: Pick<HostConformanceOptions, 'lacks'>): Check {
  return {
    name: 'has every method, except those that the options say it lacks',
    async run({ start }) {
      const host: HostUnderTest = await start();
      for (const method of optionalMethods) {
        if (lacks[method] === undefined)
          assert.ok(
            host[method],
            `The host must have the method ${method}, or the option lacks must name it.`,
          );
        else
          assert.ok(
            !host[method],
            `The host has the method ${method}, so the option lacks must not name it.`,
          );
      }
    },
  };
}
