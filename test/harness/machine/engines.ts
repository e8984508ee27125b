import { createActor, transition as xstateTransition } from 'xstate';
import type { CreateInput, Effect, Policy, Sandbox, SandboxEvent } from '../../../src/index.ts';
import { createSandbox, transition } from '../../../src/index.ts';
import { sandboxMachine, toSandbox, toSnapshot } from '../../../src/machine/index.ts';
import type { SandboxLife } from '../../../src/testing/index.ts';

/** The result of an event, in the form that all engines share. */
export interface Step {
  readonly sandbox: Sandbox;
  readonly effects: readonly Effect[];
}

/** One way to run the machine. */
export interface Engine {
  readonly name: string;
  create(input: CreateInput, policy?: Policy): Step;
  step(sandbox: Sandbox, event: SandboxEvent, policy?: Policy): Step;
}

/** The compiled table, which servers and clients use. */
export const compiled: Engine = {
  name: 'compiled',
  create: (input, policy) => createSandbox(input, policy),
  step: (sandbox, event, policy) => transition(sandbox, event, policy),
};

/** A live XState actor. Each step starts an actor from the record and sends it one event. */
export const actor: Engine & { live(walk: SandboxLife): Sandbox } = {
  name: 'actor',
  live({ input, events }) {
    return observe(createActor(sandboxMachine, { input }), (running) => {
      for (const event of events) if (running.getSnapshot().status === 'active') running.send(event);
    }).sandbox;
  },
  create(input, policy) {
    return observe(createActor(sandboxMachine, { input: { ...input, policy } }), () => {});
  },
  step(sandbox, event, policy) {
    return observe(createActor(sandboxMachine, { snapshot: toSnapshot(sandbox, policy) }), (running) => {
      // XState drops events to an actor that is done, with a warning.
      if (running.getSnapshot().status === 'active') running.send(event);
    });
  },
};

/** XState's own pure transition. */
export const pure: Engine = {
  name: 'xstate transition',
  create: (input, policy) => actor.create(input, policy),
  step(sandbox, event, policy) {
    const [next, actions] = xstateTransition(sandboxMachine, toSnapshot(sandbox, policy), event);
    const emitted = actions.flatMap(({ params }) => (isEmitted(params) ? [params.event] : []));
    return { sandbox: toSandbox(next), effects: emitted };
  },
};

function observe(
  running: ReturnType<typeof createActor<typeof sandboxMachine>>,
  act: (running: ReturnType<typeof createActor<typeof sandboxMachine>>) => void,
): Step {
  const effects: Effect[] = [];
  running.on('*', (effect) => effects.push(effect));
  running.start();
  act(running);
  const sandbox = toSandbox(running.getSnapshot());
  running.stop();
  return { sandbox, effects };
}

function isEmitted(params: unknown): params is { event: Effect } {
  return typeof params === 'object' && params !== null && 'event' in params;
}
