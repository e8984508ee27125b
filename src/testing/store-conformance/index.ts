export type { StoreConformanceOptions } from './options.ts';
export { storeConformance } from './suite.ts';
