export type { Refusal } from './guards/command.ts';
export type { RefusalCode, UnchangedReason } from './guards/guard.ts';
export { type CommandQuery, can, why } from './machine/can.ts';
export type { CreateInput } from './machine/create.ts';
export {
  type Applied,
  createSandbox,
  type Refused,
  type Transition,
  transition,
  type Unchanged,
} from './machine/transition.ts';
export { MalformedInputError } from './model/checks.ts';
export { type Duties, duties, type Work } from './model/duties.ts';
export type { Effect, EffectOf } from './model/effects.ts';
export {
  type Command,
  type CommandName,
  commands,
  type DeadlineMoved,
  type EventType,
  type Report,
  type SandboxEvent,
  type Timeout,
  type TimeoutsInput,
} from './model/events.ts';
export { defaultPolicy, type Policy, type PolicyInput } from './model/policy.ts';
export {
  type LastOperation,
  type Operation,
  type OperationKind,
  type OperationResult,
  type Outcome,
  type PendingReason,
  pendingReasons,
  type Sandbox,
  type Status,
  statuses,
  type Timeouts,
} from './model/sandbox.ts';
