export { type SandboxSnapshot, toSandbox, toSnapshot } from './bridge.ts';
export { MalformedInputError } from './checks.ts';
export type { SandboxContext } from './implementations.ts';
export { sandboxMachine } from './lifecycle.ts';
export { IllegalRecordError } from './record-checks.ts';
