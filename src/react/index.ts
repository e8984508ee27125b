export { useSandboxClient, useSandboxListClient } from './use-client.ts';
export { useCountdown } from './use-countdown.ts';
export { useRollback } from './use-rollback.ts';
export { useSandbox } from './use-sandbox.ts';
export { type SandboxAction, useSandboxAction } from './use-sandbox-action.ts';
export { useSandboxRow } from './use-sandbox-row.ts';
