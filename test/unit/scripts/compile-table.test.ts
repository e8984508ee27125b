import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { compileTable } from '../../../scripts/compile-table.ts';

/** A small machine that the table can hold, but for what is added to it. */
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

test('a plain machine is compiled', () => {
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
    'a state that is entered anew',
    { on: { resume: { target: 'running', reenter: true, actions: 'beginResume' } } },
  ],
])('a machine with %s is refused', (_what, running) => {
  expect(() => compile(running)).toThrow(
    /no place for that|a guard is|no such event|update|a way leads|action/,
  );
});

test('an initial state that updates is refused', () => {
  expect(() => compile({}, { entry: ['requestBoot', 'rename'] })).toThrow(
    /updates a record as it is entered/,
  );
});
