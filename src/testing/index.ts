export { checkTrace, type TraceOptions, type TraceVerdict } from './check-trace.ts';
export {
  type ConformanceCheck,
  type DriverConformanceOptions,
  type DriverUnderTest,
  driverConformance,
} from './driver-conformance/index.ts';
export { type StoreConformanceOptions, storeConformance } from './store-conformance/index.ts';
export { sandboxEvents, type Walk } from './walks.ts';
