import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { compileCommandTable, compileTable } from '../../../scripts/compile-table.ts';

/** Compiles a small valid machine with this state `running`, and these additions to `pending`. */
const compile = (running: object, pending: object = {}) =>
  compileTable(
    createMachine({
      initial: 'pending',
      states: {
        pending: {
          entry: 'requestBoot',
          on: { 'boot.completed': { guard: 'answersOperation', target: 'running', actions: 'recordStart' } },
          ...pending,
        },
        running,
      },
    }),
  );

test('compiles a plain machine', () => {
  expect(compile({ type: 'final', meta: { satisfied: ['resume'] } })).toContain(
    "{ guard: guards.answersOperation, status: 'running', update: updates.recordStart, effects: [] }",
  );
});

test.each([
  ['entry actions', { entry: 'requestBoot' }],
  ['exit actions', { exit: 'requestRelease' }],
  ['a transition without an event', { always: 'pending' }],
  ['a timer', { after: { 1000: 'pending' } }],
  ['an actor', { invoke: { src: 'job' } }],
  ['a parallel state', { type: 'parallel', states: { a: {}, b: {} } }],
  ['an unknown guard', { on: { resume: { guard: 'isSunday', actions: 'beginResume' } } }],
  ['a guard that is a function', { on: { resume: { guard: () => true, actions: 'beginResume' } } }],
  ['an unknown event', { on: { '*': { actions: 'beginResume' } } }],
  ['an unknown action', { on: { resume: { actions: 'celebrate' } } }],
  ['an action that is a function', { on: { resume: { actions: () => {} } } }],
  ['no update', { on: { resume: { actions: 'requestResume' } } }],
  ['two updates', { on: { resume: { actions: ['beginResume', 'rename'] } } }],
  [
    'a state that is re-entered',
    { on: { resume: { target: 'running', reenter: true, actions: 'beginResume' } } },
  ],
])('rejects a machine with %s', (_part, running) => {
  expect(() => compile(running)).toThrow(
    /cannot represent|a guard must|unknown event|update|a transition must|action/,
  );
});

test('rejects an initial state with an update', () => {
  expect(() => compile({}, { entry: ['requestBoot', 'rename'] })).toThrow(/has an update as an entry action/);
});

test('the table of commands has neither reports nor effects', () => {
  const machine = createMachine({
    initial: 'pending',
    states: {
      pending: {
        entry: 'requestBoot',
        meta: { joined: ['resume'] },
        on: {
          'boot.completed': { actions: 'recordStart' },
          terminate: { target: 'ended', actions: ['endByUser', 'requestRelease'] },
        },
      },
      ended: {},
    },
  });
  expect(compileCommandTable(machine).split('states:')[1]?.replace(/\s+/g, ' ')).toBe(
    " { 'pending': { on: { 'terminate': [ { guard: undefined, status: 'ended', update: updates.endByUser }, ], }, joined: ['resume'], }, 'ended': { on: {}, }, }, }; ",
  );
});
