export { IllegalRecordError } from '../model/check-record.ts';
export { MalformedInputError } from '../model/checks.ts';
export type { SandboxContext } from './implementations.ts';
export { sandboxMachine } from './sandbox-machine.ts';
export { type SandboxSnapshot, toSandbox, toSnapshot } from './xstate-snapshot.ts';
