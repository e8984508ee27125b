// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.
import * as guards from '../guards/index.ts';
import * as effects from '../model/effects.ts';
import type { Table } from './table.ts';
import * as updates from './updates/index.ts';

export const table: Table = {
  initial: { status: 'pending', effects: [effects.requestBoot] },
  states: {
    'pending': {
      on: new Map([
        ['boot.progressed', [
          { guard: guards.hasNewPendingReason, status: 'pending', update: updates.recordPendingReason, effects: [] },
        ]],
        ['boot.completed', [
          { guard: guards.answersOperation, status: 'running', update: updates.recordStart, effects: [] },
        ]],
        ['boot.failed', [
          { guard: guards.answersOperation, status: 'terminated', update: updates.endAsStartFailed, effects: [effects.requestRelease] },
        ]],
        ['timeout', [
          { guard: guards.isDue, status: 'terminated', update: updates.endAsStartTimedOut, effects: [effects.requestRelease] },
        ]],
        ['rename', [
          { guard: guards.isNewName, status: 'pending', update: updates.rename, effects: [] },
        ]],
        ['setTimeouts', [
          { guard: guards.setsOtherTimeouts, status: 'pending', update: updates.setTimeouts, effects: [] },
        ]],
        ['configure', [
          { guard: undefined, status: 'pending', update: updates.countGeneration, effects: [] },
        ]],
        ['deadline.moved', [
          { guard: guards.isOtherDeadline, status: 'pending', update: updates.moveDeadline, effects: [] },
        ]],
        ['terminate', [
          { guard: undefined, status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ]],
      ]),
    },
    'running': {
      on: new Map([
        ['snapshot', [
          { guard: guards.hasSnapshotId, status: 'snapshotting', update: updates.beginSnapshot, effects: [effects.requestSnapshot] },
        ]],
        ['suspend', [
          { guard: guards.isNamed, status: 'suspending', update: updates.beginSuspend, effects: [effects.requestSuspend] },
        ]],
        ['timeout', [
          { guard: guards.isDueAndNamed, status: 'suspending', update: updates.beginSuspend, effects: [effects.requestSuspend] },
          { guard: guards.isDue, status: 'terminated', update: updates.endByTimeout, effects: [effects.requestRelease] },
        ]],
        ['crashed', [
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsCrashed, effects: [effects.requestRelease] },
        ]],
        ['exited', [
          { guard: guards.isSuccessfulExit, status: 'terminated', update: updates.endAsCompleted, effects: [effects.requestRelease] },
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsExited, effects: [effects.requestRelease] },
        ]],
        ['keepalive', [
          { guard: guards.movesIdleLimitLater, status: 'running', update: updates.extendIdleLimit, effects: [] },
        ]],
        ['rename', [
          { guard: guards.isNewName, status: 'running', update: updates.rename, effects: [] },
        ]],
        ['setTimeouts', [
          { guard: guards.setsOtherTimeouts, status: 'running', update: updates.setTimeouts, effects: [] },
        ]],
        ['configure', [
          { guard: undefined, status: 'running', update: updates.countGeneration, effects: [effects.requestConfigure] },
        ]],
        ['terminate', [
          { guard: undefined, status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ]],
      ]),
      satisfied: ['resume'],
    },
    'snapshotting': {
      on: new Map([
        ['snapshot.completed', [
          { guard: guards.answersOperation, status: 'running', update: updates.completeSnapshot, effects: [] },
        ]],
        ['snapshot.failed', [
          { guard: guards.answersOperation, status: 'running', update: updates.failSnapshot, effects: [] },
        ]],
        ['timeout', [
          { guard: guards.isDue, status: 'running', update: updates.timeOutSnapshot, effects: [] },
        ]],
        ['crashed', [
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsCrashed, effects: [effects.requestRelease] },
        ]],
        ['exited', [
          { guard: guards.isSuccessfulExit, status: 'terminated', update: updates.endAsCompleted, effects: [effects.requestRelease] },
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsExited, effects: [effects.requestRelease] },
        ]],
        ['keepalive', [
          { guard: guards.movesIdleLimitLater, status: 'snapshotting', update: updates.extendIdleLimit, effects: [] },
        ]],
        ['rename', [
          { guard: guards.isNewName, status: 'snapshotting', update: updates.rename, effects: [] },
        ]],
        ['setTimeouts', [
          { guard: guards.setsOtherTimeouts, status: 'snapshotting', update: updates.setTimeouts, effects: [] },
        ]],
        ['configure', [
          { guard: undefined, status: 'snapshotting', update: updates.countGeneration, effects: [effects.requestConfigure] },
        ]],
        ['deadline.moved', [
          { guard: guards.isOtherDeadline, status: 'snapshotting', update: updates.moveDeadline, effects: [] },
        ]],
        ['terminate', [
          { guard: undefined, status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ]],
      ]),
    },
    'suspending': {
      on: new Map([
        ['suspend.completed', [
          { guard: guards.answersOperation, status: 'suspended', update: updates.completeSuspend, effects: [] },
        ]],
        ['suspend.failed', [
          { guard: guards.answersOperation, status: 'running', update: updates.failSuspend, effects: [] },
        ]],
        ['timeout', [
          { guard: guards.isDue, status: 'running', update: updates.timeOutSuspend, effects: [] },
        ]],
        ['crashed', [
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsCrashed, effects: [effects.requestRelease] },
        ]],
        ['rename', [
          { guard: guards.isNewName, status: 'suspending', update: updates.rename, effects: [] },
        ]],
        ['setTimeouts', [
          { guard: guards.setsOtherTimeouts, status: 'suspending', update: updates.setTimeouts, effects: [] },
        ]],
        ['configure', [
          { guard: undefined, status: 'suspending', update: updates.countGeneration, effects: [] },
        ]],
        ['deadline.moved', [
          { guard: guards.isOtherDeadline, status: 'suspending', update: updates.moveDeadline, effects: [] },
        ]],
        ['terminate', [
          { guard: undefined, status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ]],
      ]),
      joined: ['suspend'],
    },
    'suspended.idle': {
      on: new Map([
        ['resume', [
          { guard: undefined, status: 'suspended', update: updates.beginResume, effects: [effects.requestResume] },
        ]],
        ['timeout', [
          { guard: guards.isDue, status: 'terminated', update: updates.endAsDiscarded, effects: [effects.requestRelease] },
        ]],
        ['lost', [
          { guard: guards.isSameVersion, status: 'terminated', update: updates.endAsLost, effects: [effects.requestRelease] },
        ]],
        ['rename', [
          { guard: guards.isNewName, status: 'suspended', update: updates.rename, effects: [] },
        ]],
        ['setTimeouts', [
          { guard: guards.setsOtherTimeouts, status: 'suspended', update: updates.setTimeouts, effects: [] },
        ]],
        ['configure', [
          { guard: undefined, status: 'suspended', update: updates.countGeneration, effects: [] },
        ]],
        ['terminate', [
          { guard: undefined, status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ]],
      ]),
      satisfied: ['suspend'],
    },
    'suspended.resuming': {
      on: new Map([
        ['resume.completed', [
          { guard: guards.answersOperation, status: 'running', update: updates.recordStart, effects: [] },
        ]],
        ['resume.failed', [
          { guard: guards.answersOperation, status: 'suspended', update: updates.failResume, effects: [] },
        ]],
        ['timeout', [
          { guard: guards.isDue, status: 'suspended', update: updates.timeOutResume, effects: [] },
        ]],
        ['deadline.moved', [
          { guard: guards.isOtherDeadline, status: 'suspended', update: updates.moveDeadline, effects: [] },
        ]],
        ['rename', [
          { guard: guards.isNewName, status: 'suspended', update: updates.rename, effects: [] },
        ]],
        ['setTimeouts', [
          { guard: guards.setsOtherTimeouts, status: 'suspended', update: updates.setTimeouts, effects: [] },
        ]],
        ['configure', [
          { guard: undefined, status: 'suspended', update: updates.countGeneration, effects: [] },
        ]],
        ['terminate', [
          { guard: undefined, status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ]],
      ]),
      joined: ['resume'],
    },
    'terminated': {
      on: new Map(),
      satisfied: ['terminate'],
    },
  },
};
