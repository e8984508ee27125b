export { extendLimit, rename } from './adjust.ts';
export { beginResume, beginSnapshot, beginSuspend } from './begin.ts';
export { endAsCrashed, endAsStartFailed, endAsStartTimedOut, endByTimeout, endByUser } from './end.ts';
export {
  abandonResume,
  completeSuspend,
  endSnapshot,
  postponeSuspend,
  recordPendingReason,
  recordStart,
} from './settle.ts';
