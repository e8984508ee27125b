// A guard answers nothing when its name is true, and else the reason why it is not.
export { answersOperation } from './answers-operation.ts';
export { hasSnapshotId } from './has-snapshot-id.ts';
export { isDue } from './is-due.ts';
export { isDueAndNamed } from './is-due-and-named.ts';
export { isNamed } from './is-named.ts';
export { isNewName } from './is-new-name.ts';
export { isSameIncarnation } from './is-same-incarnation.ts';
export { movesLimitLater } from './moves-limit-later.ts';
export { tellsNewPendingReason } from './tells-new-pending-reason.ts';
