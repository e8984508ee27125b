// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.
import * as guards from '../guards/index.ts';
import type { CommandTable } from './table.ts';
import * as updates from './updates/index.ts';

export const commandTable: CommandTable = {
  initial: 'pending',
  states: {
    'pending': {
      on: {
        'rename': [
          { guard: guards.isNewName, status: 'pending', update: updates.rename },
        ],
        'setTimeouts': [
          { guard: guards.setsOtherTimeouts, status: 'pending', update: updates.setTimeouts },
        ],
        'configure': [
          { guard: undefined, status: 'pending', update: updates.countGeneration },
        ],
        'terminate': [
          { guard: undefined, status: 'terminated', update: updates.endByUser },
        ],
      },
    },
    'running': {
      on: {
        'snapshot': [
          { guard: guards.hasSnapshotId, status: 'snapshotting', update: updates.beginSnapshot },
        ],
        'suspend': [
          { guard: guards.isNamed, status: 'suspending', update: updates.beginSuspend },
        ],
        'keepalive': [
          { guard: guards.movesIdleLimitLater, status: 'running', update: updates.extendIdleLimit },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'running', update: updates.rename },
        ],
        'setTimeouts': [
          { guard: guards.setsOtherTimeouts, status: 'running', update: updates.setTimeouts },
        ],
        'configure': [
          { guard: undefined, status: 'running', update: updates.countGeneration },
        ],
        'terminate': [
          { guard: undefined, status: 'terminated', update: updates.endByUser },
        ],
      },
      satisfied: ['resume'],
    },
    'snapshotting': {
      on: {
        'keepalive': [
          { guard: guards.movesIdleLimitLater, status: 'snapshotting', update: updates.extendIdleLimit },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'snapshotting', update: updates.rename },
        ],
        'setTimeouts': [
          { guard: guards.setsOtherTimeouts, status: 'snapshotting', update: updates.setTimeouts },
        ],
        'configure': [
          { guard: undefined, status: 'snapshotting', update: updates.countGeneration },
        ],
        'terminate': [
          { guard: undefined, status: 'terminated', update: updates.endByUser },
        ],
      },
    },
    'suspending': {
      on: {
        'rename': [
          { guard: guards.isNewName, status: 'suspending', update: updates.rename },
        ],
        'setTimeouts': [
          { guard: guards.setsOtherTimeouts, status: 'suspending', update: updates.setTimeouts },
        ],
        'configure': [
          { guard: undefined, status: 'suspending', update: updates.countGeneration },
        ],
        'terminate': [
          { guard: undefined, status: 'terminated', update: updates.endByUser },
        ],
      },
      joined: ['suspend'],
    },
    'suspended.idle': {
      on: {
        'resume': [
          { guard: undefined, status: 'suspended', update: updates.beginResume },
        ],
        'rename': [
          { guard: guards.isNewName, status: 'suspended', update: updates.rename },
        ],
        'setTimeouts': [
          { guard: guards.setsOtherTimeouts, status: 'suspended', update: updates.setTimeouts },
        ],
        'configure': [
          { guard: undefined, status: 'suspended', update: updates.countGeneration },
        ],
        'terminate': [
          { guard: undefined, status: 'terminated', update: updates.endByUser },
        ],
      },
      satisfied: ['suspend'],
    },
    'suspended.resuming': {
      on: {
        'rename': [
          { guard: guards.isNewName, status: 'suspended', update: updates.rename },
        ],
        'setTimeouts': [
          { guard: guards.setsOtherTimeouts, status: 'suspended', update: updates.setTimeouts },
        ],
        'configure': [
          { guard: undefined, status: 'suspended', update: updates.countGeneration },
        ],
        'terminate': [
          { guard: undefined, status: 'terminated', update: updates.endByUser },
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
