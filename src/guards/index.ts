// A guard returns undefined when its name is true, and otherwise the reason why it is not.
export { hasSnapshotId, isNamed, isNewName, movesIdleLimitLater, setsOtherTimeouts } from './command.ts';
export {
  answersOperation,
  hasNewPendingReason,
  isOtherDeadline,
  isSameIncarnation,
  isSameVersion,
  isSuccessfulExit,
} from './report.ts';
export { isDue, isDueAndNamed } from './timeout.ts';
