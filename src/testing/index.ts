export {
  type SharedMemoryOptions,
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../server/store/memory/shared-memory.ts';
export type { ConformanceCheck } from './conformance.ts';
export {
  type DriverConformanceOptions,
  type DriverUnderTest,
  driverConformance,
} from './driver-conformance/index.ts';
export type { FakeAnswer, FakeRequest, FakeRequestKind } from './fake-transport/answers.ts';
export {
  type FakeTransport,
  type FakeTransportOptions,
  fakeTransport,
} from './fake-transport/fake-transport.ts';
export {
  type HostConformanceOptions,
  type HostPart,
  type HostSetup,
  type HostUnderTest,
  hostConformance,
} from './host-conformance/index.ts';
export { type SandboxLife, sandboxEvents } from './sandbox-events.ts';
export { type StoreConformanceOptions, storeConformance } from './store-conformance/index.ts';
export { checkTrace, type TraceOptions, type TraceVerdict } from './trace/check-trace.ts';
