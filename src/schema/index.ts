export {
  readTimeoutChanges,
  readTimeouts,
  type TimeoutProblem,
  type TimeoutSeconds,
} from '../model/policy.ts';
export { commandSchema, eventSchema, reportSchema } from './event.ts';
export { type Problem, parseEvent, parsePolicy, parseSandbox, SchemaError } from './parse.ts';
export { policySchema } from './policy.ts';
export { sandboxSchema } from './sandbox.ts';
export { parseTimeouts, timeoutsSchema } from './timeout.ts';
