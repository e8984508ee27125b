export type { DriverConformanceOptions, DriverUnderTest } from './options.ts';
export { driverConformance } from './suite.ts';
