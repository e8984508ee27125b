import { setup } from 'xstate';
import type { Effect } from '../model/effects.ts';
import type { SandboxEvent } from '../model/events.ts';
import {
  effects,
  guards,
  type MachineInput,
  newContext,
  type SandboxContext,
  updates,
} from './implementations.ts';
import type { StateMeta } from './table.ts';

/**
 * The lifecycle of a sandbox: the one truth that the fast table, the diagram, the docs and every answer come from.
 * A transition has exactly one update, which also counts the version, and any number of effects for the platform.
 * A state's `satisfied` and `joined` name the commands whose aim it already holds or is on the way to. Every other
 * command is refused, and every other report is stale. Source: contract, section 4.
 *
 * XState checks no event before it is sent: give an actor what `parseEvent` has passed, and nothing else.
 *
 * @example
 * const actor = createActor(sandboxMachine, { input: { id: 'a1', name: 'my-env', at: Date.now() } }).start();
 * actor.send({ type: 'boot.completed', operation: 1, at: Date.now() });
 */
export const sandboxMachine = setup({
  types: {
    context: {} as SandboxContext,
    events: {} as SandboxEvent,
    input: {} as MachineInput,
    emitted: {} as Effect,
    meta: {} as StateMeta,
  },
  guards,
  actions: { ...updates, ...effects },
}).createMachine({
  id: 'sandbox',
  description: 'The life of one cloud sandbox, from the request for it until it is gone for good.',
  context: ({ input }) => newContext(input),
  initial: 'pending',
  states: {
    pending: {
      description: 'The sandbox is being scheduled and booted. It cannot take work yet.',
      entry: 'requestBoot',
      on: {
        'boot.progressed': {
          guard: 'hasNewPendingReason',
          actions: 'recordPendingReason',
          description: 'The platform tells what the boot waits for.',
        },
        'boot.completed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'recordStart',
          description: 'The boot is done: the limit starts to count.',
        },
        'boot.failed': {
          guard: 'answersOperation',
          target: 'terminated',
          actions: ['endAsStartFailed', 'requestRelease'],
          description: 'The platform could not boot it.',
        },
        timeout: {
          guard: 'isDue',
          target: 'terminated',
          actions: ['endAsStartTimedOut', 'requestRelease'],
          description: 'The boot took longer than it may.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is given or changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'Called off before it was up; the boot is void.',
        },
      },
    },
    running: {
      description: 'The sandbox is live and takes commands, file operations and processes.',
      meta: { satisfied: ['resume'] },
      on: {
        snapshot: {
          guard: 'hasSnapshotId',
          target: 'snapshotting',
          actions: ['beginSnapshot', 'requestSnapshot'],
          description: 'A reusable copy of its files, memory and processes is asked for.',
        },
        suspend: {
          guard: 'isNamed',
          target: 'suspending',
          actions: ['beginSuspend', 'requestSuspend'],
          description: 'A person pauses it; only a named sandbox can be paused.',
        },
        timeout: [
          {
            guard: 'isDueAndNamed',
            target: 'suspending',
            actions: ['beginSuspend', 'requestSuspend'],
            description: 'The limit of a named sandbox is up: it is paused.',
          },
          {
            guard: 'isDue',
            target: 'terminated',
            actions: ['endByTimeout', 'requestRelease'],
            description: 'The limit of an ephemeral sandbox is up: it ends.',
          },
        ],
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The thing that ran is gone.',
        },
        keepalive: {
          guard: 'movesLimitLater',
          actions: 'extendLimit',
          description: 'Activity: the limit counts from now.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is given or changed; a first one makes it named.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'A person ends it.',
        },
      },
    },
    snapshotting: {
      description: 'A snapshot is being captured; the sandbox comes back to running when that is over.',
      on: {
        'snapshot.completed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'endSnapshot',
          description: 'The snapshot is captured.',
        },
        'snapshot.failed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'endSnapshot',
          description: 'The capture failed; the sandbox is as it was.',
        },
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: 'endSnapshot',
          description: 'The capture took longer than it may and is given up.',
        },
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The thing that ran is gone, and the capture with it.',
        },
        keepalive: {
          guard: 'movesLimitLater',
          actions: 'extendLimit',
          description: 'Activity: the limit counts from now.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is given or changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'A person ends it; the capture is void.',
        },
      },
    },
    suspending: {
      description: 'A named sandbox is being paused in place, by command or because its limit is up.',
      meta: { joined: ['suspend'] },
      on: {
        'suspend.completed': {
          guard: 'answersOperation',
          target: 'suspended',
          actions: 'completeSuspend',
          description: 'It is paused and consumes no compute.',
        },
        'suspend.failed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'postponeSuspend',
          description: 'The pause failed; it runs on, and the limit is put off.',
        },
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: 'postponeSuspend',
          description: 'The pause took longer than it may; it runs on, and the limit is put off.',
        },
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The thing that ran is gone before it was paused.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'The name is changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'A person ends it; the pause is void.',
        },
      },
    },
    suspended: {
      description: 'A named sandbox is paused: its state is kept for a resume under the same id.',
      initial: 'idle',
      on: {
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'The name is changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'A person ends it; a resume in flight is void.',
        },
      },
      states: {
        idle: {
          description: 'Paused, and nobody has asked for it back.',
          meta: { satisfied: ['suspend'] },
          on: {
            resume: {
              target: 'resuming',
              actions: ['beginResume', 'requestResume'],
              description: 'A person asks for it back.',
            },
          },
        },
        resuming: {
          description: 'Still paused, and on the way back. Seen from outside it is suspended.',
          meta: { joined: ['resume'] },
          on: {
            'resume.completed': {
              guard: 'answersOperation',
              target: '#sandbox.running',
              actions: 'recordStart',
              description: 'It is back: a new incarnation, and the limit starts to count anew.',
            },
            'resume.failed': {
              guard: 'answersOperation',
              target: 'idle',
              actions: 'abandonResume',
              description: 'The resume failed; it stays paused and can be asked for again.',
            },
            timeout: {
              guard: 'isDue',
              target: 'idle',
              actions: 'abandonResume',
              description: 'The resume took longer than it may; it stays paused.',
            },
          },
        },
      },
    },
    terminated: {
      type: 'final',
      description: 'The sandbox is gone for good, and the way it ended is kept. Nothing leaves this state.',
      meta: { satisfied: ['terminate'] },
    },
  },
});
