export { countGeneration, extendIdleLimit, moveDeadline, rename, setTimeouts } from './adjust.ts';
export { beginResume, beginSnapshot, beginSuspend } from './begin.ts';
export {
  endAsCompleted,
  endAsCrashed,
  endAsDiscarded,
  endAsExited,
  endAsLost,
  endAsStartFailed,
  endAsStartTimedOut,
  endByTimeout,
  endByUser,
} from './end.ts';
export {
  completeSnapshot,
  completeSuspend,
  failResume,
  failSnapshot,
  failSuspend,
  recordPendingReason,
  recordStart,
  timeOutResume,
  timeOutSnapshot,
  timeOutSuspend,
} from './settle.ts';
