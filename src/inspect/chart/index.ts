export { drawChart } from './draw.ts';
export { lifecycleChart } from './geometry.generated.ts';
export type * from './geometry.ts';
