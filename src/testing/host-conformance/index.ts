export type { HostConformanceOptions, HostPart, HostSetup, HostUnderTest } from './options.ts';
export { hostConformance } from './suite.ts';
