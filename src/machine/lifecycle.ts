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
 * The lifecycle of a sandbox. The compiled table, the diagram, the docs and every response are derived from it.
 * A transition has exactly one update, which also counts the version, and any number of effects for the platform.
 * `satisfied` and `joined` of a state name the commands whose goal already holds or is in progress. Every other
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
  description: 'The life of one cloud sandbox, from its creation to its end.',
  context: ({ input }) => newContext(input),
  initial: 'pending',
  states: {
    pending: {
      description: 'The sandbox is being scheduled and booted. It does not accept work yet.',
      entry: 'requestBoot',
      on: {
        'boot.progressed': {
          guard: 'hasNewPendingReason',
          actions: 'recordPendingReason',
          description: 'The platform reports what the boot waits for.',
        },
        'boot.completed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'recordStart',
          description: 'The boot is complete. The time limit starts.',
        },
        'boot.failed': {
          guard: 'answersOperation',
          target: 'terminated',
          actions: ['endAsStartFailed', 'requestRelease'],
          description: 'The platform could not boot the sandbox.',
        },
        timeout: {
          guard: 'isDue',
          target: 'terminated',
          actions: ['endAsStartTimedOut', 'requestRelease'],
          description: 'The boot exceeded its time limit.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is set or changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'The user ends it before it runs. The boot is void.',
        },
      },
    },
    running: {
      description: 'The sandbox is live and accepts commands, file operations and processes.',
      meta: { satisfied: ['resume'] },
      on: {
        snapshot: {
          guard: 'hasSnapshotId',
          target: 'snapshotting',
          actions: ['beginSnapshot', 'requestSnapshot'],
          description: 'The user requests a reusable copy of its files, memory and processes.',
        },
        suspend: {
          guard: 'isNamed',
          target: 'suspending',
          actions: ['beginSuspend', 'requestSuspend'],
          description: 'The user pauses it. Only a named sandbox can be paused.',
        },
        timeout: [
          {
            guard: 'isDueAndNamed',
            target: 'suspending',
            actions: ['beginSuspend', 'requestSuspend'],
            description: 'The time limit of a named sandbox expired. It is paused.',
          },
          {
            guard: 'isDue',
            target: 'terminated',
            actions: ['endByTimeout', 'requestRelease'],
            description: 'The time limit of an ephemeral sandbox expired. It ends.',
          },
        ],
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The running incarnation no longer exists.',
        },
        keepalive: {
          guard: 'movesLimitLater',
          actions: 'extendLimit',
          description: 'Activity restarts the time limit.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is set or changed. A first name makes the sandbox named.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'The user ends it.',
        },
      },
    },
    snapshotting: {
      description: 'A snapshot is being captured. The sandbox returns to running afterwards.',
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
          description: 'The capture failed. The sandbox is as before.',
        },
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: 'endSnapshot',
          description: 'The capture exceeded its time limit and is abandoned.',
        },
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The running incarnation no longer exists. The capture is void.',
        },
        keepalive: {
          guard: 'movesLimitLater',
          actions: 'extendLimit',
          description: 'Activity restarts the time limit.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is set or changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'The user ends it. The capture is void.',
        },
      },
    },
    suspending: {
      description: 'A named sandbox is being paused in place, by command or because its time limit expired.',
      meta: { joined: ['suspend'] },
      on: {
        'suspend.completed': {
          guard: 'answersOperation',
          target: 'suspended',
          actions: 'completeSuspend',
          description: 'The sandbox is paused and consumes no compute.',
        },
        'suspend.failed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'postponeSuspend',
          description: 'The suspend failed. The sandbox runs on, with an extended time limit.',
        },
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: 'postponeSuspend',
          description:
            'The suspend exceeded its time limit. The sandbox runs on, with an extended time limit.',
        },
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The running incarnation stopped existing before it was paused.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'The name is changed.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'The user ends it. The suspend is void.',
        },
      },
    },
    suspended: {
      description: 'A named sandbox is paused. Its state is kept for a resume under the same id.',
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
          description: 'The user ends it. A resume in flight is void.',
        },
      },
      states: {
        idle: {
          description: 'Paused, without a resume in progress.',
          meta: { satisfied: ['suspend'] },
          on: {
            resume: {
              target: 'resuming',
              actions: ['beginResume', 'requestResume'],
              description: 'The user resumes it.',
            },
          },
        },
        resuming: {
          description: 'A resume is in progress. The API shows the status suspended.',
          meta: { joined: ['resume'] },
          on: {
            'resume.completed': {
              guard: 'answersOperation',
              target: '#sandbox.running',
              actions: 'recordStart',
              description: 'The sandbox runs again, as a new incarnation. The time limit restarts.',
            },
            'resume.failed': {
              guard: 'answersOperation',
              target: 'idle',
              actions: 'abandonResume',
              description: 'The resume failed. The sandbox stays paused and can be resumed again.',
            },
            timeout: {
              guard: 'isDue',
              target: 'idle',
              actions: 'abandonResume',
              description: 'The resume exceeded its time limit. The sandbox stays paused.',
            },
          },
        },
      },
    },
    terminated: {
      type: 'final',
      description: 'The sandbox has ended. Its outcome is kept. Nothing leaves this state.',
      meta: { satisfied: ['terminate'] },
    },
  },
});
