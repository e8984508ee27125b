// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.
import * as guards from '../guards/index.ts';
import * as effects from '../model/effects.ts';
import type { Table } from './table.ts';
import * as updates from './updates/index.ts';

export const table: Table = {
  initial: { status: 'pending', effects: [effects.requestBoot] },
  states: {
    'pending': {
      on: {
        'boot.progressed': [
          { guard: guards.hasNewPendingReason, status: 'pending', update: updates.recordPendingReason, effects: [] },
        ],
        'boot.completed': [
          { guard: guards.answersOperation, status: 'running', update: updates.recordStart, effects: [] },
        ],
        'boot.failed': [
          { guard: guards.answersOperation, status: 'terminated', update: updates.endAsStartFailed, effects: [effects.requestRelease] },
        ],
        'timeout': [
          { guard: guards.isDue, status: 'terminated', update: updates.endAsStartTimedOut, effects: [effects.requestRelease] },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'pending', update: updates.rename, effects: [] },
        ],
        'terminate': [
          { status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ],
      },
    },
    'running': {
      on: {
        'snapshot': [
          { guard: guards.hasSnapshotId, status: 'snapshotting', update: updates.beginSnapshot, effects: [effects.requestSnapshot] },
        ],
        'suspend': [
          { guard: guards.isNamed, status: 'suspending', update: updates.beginSuspend, effects: [effects.requestSuspend] },
        ],
        'timeout': [
          { guard: guards.isDueAndNamed, status: 'suspending', update: updates.beginSuspend, effects: [effects.requestSuspend] },
          { guard: guards.isDue, status: 'terminated', update: updates.endByTimeout, effects: [effects.requestRelease] },
        ],
        'crashed': [
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsCrashed, effects: [effects.requestRelease] },
        ],
        'keepalive': [
          { guard: guards.movesLimitLater, status: 'running', update: updates.extendLimit, effects: [] },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'running', update: updates.rename, effects: [] },
        ],
        'terminate': [
          { status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ],
      },
      satisfied: ['resume'],
    },
    'snapshotting': {
      on: {
        'snapshot.completed': [
          { guard: guards.answersOperation, status: 'running', update: updates.endSnapshot, effects: [] },
        ],
        'snapshot.failed': [
          { guard: guards.answersOperation, status: 'running', update: updates.endSnapshot, effects: [] },
        ],
        'timeout': [
          { guard: guards.isDue, status: 'running', update: updates.endSnapshot, effects: [] },
        ],
        'crashed': [
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsCrashed, effects: [effects.requestRelease] },
        ],
        'keepalive': [
          { guard: guards.movesLimitLater, status: 'snapshotting', update: updates.extendLimit, effects: [] },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'snapshotting', update: updates.rename, effects: [] },
        ],
        'terminate': [
          { status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ],
      },
    },
    'suspending': {
      on: {
        'suspend.completed': [
          { guard: guards.answersOperation, status: 'suspended', update: updates.completeSuspend, effects: [] },
        ],
        'suspend.failed': [
          { guard: guards.answersOperation, status: 'running', update: updates.postponeSuspend, effects: [] },
        ],
        'timeout': [
          { guard: guards.isDue, status: 'running', update: updates.postponeSuspend, effects: [] },
        ],
        'crashed': [
          { guard: guards.isSameIncarnation, status: 'terminated', update: updates.endAsCrashed, effects: [effects.requestRelease] },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'suspending', update: updates.rename, effects: [] },
        ],
        'terminate': [
          { status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ],
      },
      joined: ['suspend'],
    },
    'suspended.idle': {
      on: {
        'resume': [
          { status: 'suspended', update: updates.beginResume, effects: [effects.requestResume] },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'suspended', update: updates.rename, effects: [] },
        ],
        'terminate': [
          { status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ],
      },
      satisfied: ['suspend'],
    },
    'suspended.resuming': {
      on: {
        'resume.completed': [
          { guard: guards.answersOperation, status: 'running', update: updates.recordStart, effects: [] },
        ],
        'resume.failed': [
          { guard: guards.answersOperation, status: 'suspended', update: updates.abandonResume, effects: [] },
        ],
        'timeout': [
          { guard: guards.isDue, status: 'suspended', update: updates.abandonResume, effects: [] },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'suspended', update: updates.rename, effects: [] },
        ],
        'terminate': [
          { status: 'terminated', update: updates.endByUser, effects: [effects.requestRelease] },
        ],
      },
      joined: ['resume'],
    },
    'terminated': {
      on: {},
      satisfied: ['terminate'],
    },
  },
};
