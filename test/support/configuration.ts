import type { Configuration } from '../../src/server/index.ts';

/** A sandbox of which nothing is asked. */
export const plainConfiguration: Configuration = {
  image: null,
  resources: { cpus: 1, memoryMb: 1024, diskMb: 10_240, gpus: [] },
  secretNames: [],
  entrypoint: null,
  network: null,
  allowUnauthenticatedAccess: false,
  exposedPorts: null,
  templateId: null,
  snapshotId: null,
};
