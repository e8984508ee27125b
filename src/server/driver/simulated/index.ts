export type { PlatformCallKind } from '../driver.ts';
export { simulatedPlatform } from './create-platform.ts';
export { type SimulatedDriver, simulatedDriver } from './driver.ts';
export type { SimulatedDriverOptions, Span } from './options.ts';
export type {
  SimulatedEffect,
  SimulatedJob,
  SimulatedPlatform,
  SimulatedSnapshot,
} from './platform.ts';
export type { SimulatedSandbox } from './simulated-sandbox.ts';
