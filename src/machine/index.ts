export { IllegalRecordError } from '../model/check-record.ts';
export { MalformedInputError } from '../model/checks.ts';
export { type SandboxSnapshot, toSandbox, toSnapshot } from './bridge.ts';
export type { SandboxContext } from './implementations.ts';
export { sandboxMachine } from './lifecycle.ts';
