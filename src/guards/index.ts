// A guard returns undefined when its name is true, and otherwise the reason why it is not.
export { hasSnapshotId, isNamed, isNewName, movesLimitLater } from './command.ts';
export { answersOperation, hasNewPendingReason, isSameIncarnation } from './report.ts';
export { isDue, isDueAndNamed } from './timeout.ts';
