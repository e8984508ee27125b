import type { ActorScope, AnyEventObject } from 'xstate';
import { readEvent } from '../model/check-event.ts';
import { MalformedInputError } from '../model/checks.ts';
import type { SandboxEvent } from '../model/events.ts';
import { mustBePolicy } from '../model/policy.ts';
import { lifecycle } from './lifecycle.ts';
import { type SandboxSnapshot, stateValueOf, toContext, toSandbox } from './xstate-snapshot.ts';

type Machine = typeof lifecycle;
// biome-ignore lint/suspicious/noExplicitAny: XState gives the scope of an actor these four types, and none is read here
type Scope = ActorScope<any, any, any, any>;

/**
 * The machine for XState actors: {@link lifecycle} with checks at its doors. No event and no snapshot, however malformed,
 * leaves an actor with a record that `toSandbox` refuses. A malformed event is not taken, and `context.rejected` says
 * why until the next event. An actor that starts from an illegal snapshot, or from a bad policy, has the status `error`.
 * Source: contract, section 7, statement 21.
 *
 * @example
 * const actor = createActor(sandboxMachine, { input: { id: 'a1', name: 'my-env', at: Date.now() } }).start();
 * actor.send({ type: 'boot.completed', operation: 1, at: Date.now() });
 */
export const sandboxMachine: Machine = withCheckedDoors(lifecycle);

/** Adds the checks to a machine. What `provide` returns has them too. */
function withCheckedDoors(machine: Machine): Machine {
  const { transition, restoreSnapshot } = machine;
  const provide = machine.provide.bind(machine);
  const getTransitionData = machine.getTransitionData.bind(machine);
  return Object.assign(machine, {
    provide: (...implementations: Parameters<Machine['provide']>) =>
      withCheckedDoors(provide(...implementations)),
    transition(snapshot: SandboxSnapshot, event: SandboxEvent, scope: Scope): SandboxSnapshot {
      // XState stops an actor by an event of its own, which has no transition in the lifecycle.
      if (isStop(event)) return transition(snapshot, event, scope);
      const read = tryRead(event);
      if (typeof read === 'string') return withRejection(snapshot, read);
      return transition(withRejection(snapshot, null), read, scope);
    },
    getTransitionData(snapshot: SandboxSnapshot, event: SandboxEvent) {
      const read = tryRead(event);
      return typeof read === 'string' ? [] : getTransitionData(snapshot, read);
    },
    restoreSnapshot(snapshot: SandboxSnapshot, scope: Scope): SandboxSnapshot {
      const sandbox = toSandbox(snapshot);
      const { policy } = snapshot.context;
      mustBePolicy(policy);
      const context = toContext(sandbox, policy);
      const persisted = {
        ...snapshot,
        value: stateValueOf(sandbox),
        context,
        children: {},
        historyValue: {},
      };
      return restoreSnapshot(persisted as SandboxSnapshot, scope) as SandboxSnapshot;
    },
  });
}

function isStop(event: unknown): boolean {
  return (event as AnyEventObject | null)?.type === 'xstate.stop';
}

/** Returns a copy of a well-formed event, and for any other value a sentence that says what is wrong. */
function tryRead(event: unknown): SandboxEvent | string {
  try {
    return readEvent(event);
  } catch (error) {
    if (!(error instanceof MalformedInputError)) return 'The event cannot be read.';
    return error.path === 'event' || error.path === 'event.type'
      ? error.message
      : `Rejected ${(event as SandboxEvent).type}: ${error.message}`;
  }
}

function withRejection(snapshot: SandboxSnapshot, rejected: string | null): SandboxSnapshot {
  if (snapshot.context.rejected === rejected) return snapshot;
  return { ...snapshot, context: { ...snapshot.context, rejected } };
}
