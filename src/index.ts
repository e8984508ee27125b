export type { RefusalCode, Unchanged } from './guards/reason.ts';
export { can, type Question, why } from './machine/can.ts';
export { MalformedInputError } from './machine/checks.ts';
export type { CreateInput } from './machine/create.ts';
export { type Duties, duties, type Work } from './machine/duties.ts';
export type { Effect } from './machine/effects.ts';
export {
  type Command,
  type CommandName,
  commands,
  type EventType,
  type Report,
  type SandboxEvent,
  type Timeout,
} from './machine/events.ts';
export {
  defaultPolicy,
  type Policy,
  type PolicyInput,
  readTimeout,
  type TimeoutReading,
} from './machine/policy.ts';
export type { Refusal } from './machine/refusal.ts';
export {
  type Operation,
  type OperationKind,
  type Outcome,
  type PendingReason,
  pendingReasons,
  type Sandbox,
  type Status,
  statuses,
} from './machine/sandbox.ts';
export {
  type Applied,
  createSandbox,
  type Left,
  type Refused,
  type Transition,
  transition,
} from './machine/transition.ts';
