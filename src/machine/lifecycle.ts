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
 * Not for actors as it is, because XState checks no event: `sandboxMachine` is the same machine with checks at its doors.
 */
export const lifecycle = setup({
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
          description: 'The boot is complete. Both run limits start.',
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
        setTimeouts: {
          guard: 'setsOtherTimeouts',
          actions: 'setTimeouts',
          description: 'Limits are set. They count once the sandbox runs.',
        },
        configure: {
          actions: 'countGeneration',
          description: 'Ports or network change. The platform applies them once the sandbox runs.',
        },
        'deadline.moved': {
          guard: 'isOtherDeadline',
          actions: 'moveDeadline',
          description: 'The boot gets another deadline, for time in which no host was there.',
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
            description: 'A run limit of a named sandbox expired. It is paused.',
          },
          {
            guard: 'isDue',
            target: 'terminated',
            actions: ['endByTimeout', 'requestRelease'],
            description: 'A run limit of an ephemeral sandbox expired. It ends.',
          },
        ],
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The running incarnation no longer exists.',
        },
        exited: [
          {
            guard: 'isSuccessfulExit',
            target: 'terminated',
            actions: ['endAsCompleted', 'requestRelease'],
            description: 'Its program ended by itself with exit code 0.',
          },
          {
            guard: 'isSameIncarnation',
            target: 'terminated',
            actions: ['endAsExited', 'requestRelease'],
            description: 'Its program ended by itself without success.',
          },
        ],
        keepalive: {
          guard: 'movesIdleLimitLater',
          actions: 'extendIdleLimit',
          description: 'Activity restarts the idle limit.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is set or changed. A first name makes the sandbox named.',
        },
        setTimeouts: {
          guard: 'setsOtherTimeouts',
          actions: 'setTimeouts',
          description: 'Limits are set. A run limit that is given counts from now.',
        },
        configure: {
          actions: ['countGeneration', 'requestConfigure'],
          description: 'Ports or network change. The platform applies them now.',
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
          actions: 'completeSnapshot',
          description: 'The snapshot is captured.',
        },
        'snapshot.failed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'failSnapshot',
          description: 'The capture failed. The sandbox is as before.',
        },
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: 'timeOutSnapshot',
          description: 'The capture exceeded its time limit and is abandoned.',
        },
        crashed: {
          guard: 'isSameIncarnation',
          target: 'terminated',
          actions: ['endAsCrashed', 'requestRelease'],
          description: 'The running incarnation no longer exists. The capture is void.',
        },
        exited: [
          {
            guard: 'isSuccessfulExit',
            target: 'terminated',
            actions: ['endAsCompleted', 'requestRelease'],
            description: 'Its program ended by itself with exit code 0. The capture is void.',
          },
          {
            guard: 'isSameIncarnation',
            target: 'terminated',
            actions: ['endAsExited', 'requestRelease'],
            description: 'Its program ended by itself without success. The capture is void.',
          },
        ],
        keepalive: {
          guard: 'movesIdleLimitLater',
          actions: 'extendIdleLimit',
          description: 'Activity restarts the idle limit.',
        },
        rename: {
          guard: 'isNewName',
          actions: 'rename',
          description: 'A name is set or changed.',
        },
        setTimeouts: {
          guard: 'setsOtherTimeouts',
          actions: 'setTimeouts',
          description: 'Limits are set. A run limit that is given counts from now.',
        },
        configure: {
          actions: ['countGeneration', 'requestConfigure'],
          description: 'Ports or network change. The platform applies them now.',
        },
        'deadline.moved': {
          guard: 'isOtherDeadline',
          actions: 'moveDeadline',
          description: 'The capture gets another deadline, for time in which no host was there.',
        },
        terminate: {
          target: 'terminated',
          actions: ['endByUser', 'requestRelease'],
          description: 'The user ends it. The capture is void.',
        },
      },
    },
    suspending: {
      description: 'A named sandbox is being paused in place, by command or because a run limit expired.',
      meta: { joined: ['suspend'] },
      on: {
        'suspend.completed': {
          guard: 'answersOperation',
          target: 'suspended',
          actions: 'completeSuspend',
          description: 'The sandbox is paused and consumes no compute. Its suspended limit starts.',
        },
        'suspend.failed': {
          guard: 'answersOperation',
          target: 'running',
          actions: 'failSuspend',
          description:
            'The suspend failed. The sandbox runs on, and its run limits are extended by the retry delay.',
        },
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: 'timeOutSuspend',
          description:
            'The suspend exceeded its time limit. The sandbox runs on, and its run limits are extended by the retry delay.',
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
        setTimeouts: {
          guard: 'setsOtherTimeouts',
          actions: 'setTimeouts',
          description: 'Limits are set. A run limit that is given counts from now.',
        },
        configure: {
          actions: 'countGeneration',
          description: 'Ports or network change. The platform applies them once the sandbox runs again.',
        },
        'deadline.moved': {
          guard: 'isOtherDeadline',
          actions: 'moveDeadline',
          description: 'The suspend gets another deadline, for time in which no host was there.',
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
        setTimeouts: {
          guard: 'setsOtherTimeouts',
          actions: 'setTimeouts',
          description: 'Limits are set. A suspended limit that is given counts from now.',
        },
        configure: {
          actions: 'countGeneration',
          description: 'Ports or network change. The platform applies them once the sandbox runs again.',
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
            timeout: {
              guard: 'isDue',
              target: '#sandbox.terminated',
              actions: ['endAsDiscarded', 'requestRelease'],
              description: 'The suspended limit expired. The sandbox ends.',
            },
            lost: {
              guard: 'isSameVersion',
              target: '#sandbox.terminated',
              actions: ['endAsLost', 'requestRelease'],
              description: 'The suspended sandbox no longer exists on the platform.',
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
              description: 'The sandbox runs again, as a new incarnation. Both run limits restart.',
            },
            'resume.failed': {
              guard: 'answersOperation',
              target: 'idle',
              actions: 'failResume',
              description: 'The resume failed. The sandbox stays paused and can be resumed again.',
            },
            timeout: {
              guard: 'isDue',
              target: 'idle',
              actions: 'timeOutResume',
              description: 'The resume exceeded its time limit. The sandbox stays paused.',
            },
            'deadline.moved': {
              guard: 'isOtherDeadline',
              actions: 'moveDeadline',
              description: 'The resume gets another deadline, for time in which no host was there.',
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
