export { processDriver } from './driver.ts';
export type { ProcessDriverOptions } from './options.ts';
