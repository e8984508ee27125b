export { useRollback } from './use-rollback.ts';
export { useSandbox } from './use-sandbox.ts';
export { type SandboxAction, useSandboxAction } from './use-sandbox-action.ts';
