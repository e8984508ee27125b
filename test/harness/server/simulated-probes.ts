import type { SimulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import type { DriverConformanceOptions, DriverUnderTest } from '../../../src/testing/index.ts';

/** The options of the driver suite that look at a simulated platform and act on it from outside. */
export const simulatedProbes = {
  kill: ({ platform }, id) => void platform.kill(id),
  exit: ({ platform }, id, code) => void platform.kill(id, { exitCode: code }),
  timesDone: ({ platform }, id, operation) => platform.timesDone(id, operation),
  snapshotTypeOf: ({ platform }, id) =>
    platform.snapshots().find(({ snapshotId }) => snapshotId === id)?.type ?? 'filesystem',
  generationOf: ({ platform }, id) => platform.get(id)?.generation ?? 0,
} satisfies Omit<
  DriverConformanceOptions<DriverUnderTest & { readonly platform: SimulatedPlatform }>,
  'create'
>;
