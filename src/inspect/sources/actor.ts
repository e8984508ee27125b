import type { InspectionEvent } from 'xstate';
import { sandboxMachine } from '../../machine/lifecycle.ts';
import { transition } from '../../machine/transition.ts';
import { toSandbox } from '../../machine/xstate-snapshot.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Actor, MessageWriter } from './message-writer.ts';

/** An actor of XState, as much of it as is looked at. */
interface ActorRef {
  readonly sessionId: string;
  readonly id?: string;
  readonly logic?: { readonly config?: unknown };
  readonly _parent?: ActorRef;
  getSnapshot(): unknown;
}

/**
 * An `inspect` observer for `createActor`. It tells of the actors of the sandbox machine and of nothing else in their
 * system, at the moment that it happens, and why an event changed nothing. It never throws.
 */
export function createObserver(teller: MessageWriter): (event: InspectionEvent) => void {
  const told = new Map<string, Sandbox>();

  const look = (inspected: InspectionEvent) => {
    if (inspected.type !== '@xstate.event' && inspected.type !== '@xstate.snapshot') return;
    const ref = inspected.actorRef as unknown as ActorRef;
    if (ref.logic?.config !== sandboxMachine.config) return;
    const actor: Actor = {
      sessionId: ref.sessionId,
      rootId: inspected.rootId,
      parentId: isShown(ref._parent) ? ref._parent?.sessionId : undefined,
      name: `sandbox ${ref.sessionId}`,
    };
    const at = teller.now();
    if (!told.has(actor.sessionId)) register(actor, ref, at);
    if (inspected.type === '@xstate.event') {
      teller.event(actor, inspected.event, at, (inspected.sourceRef as ActorRef | undefined)?.sessionId);
      return;
    }
    const next = read(inspected.snapshot);
    if (next === undefined) return;
    const { status } = inspected.snapshot;
    const sandbox = told.get(actor.sessionId);
    told.set(actor.sessionId, next);
    teller.snapshot(
      actor,
      inspected.event,
      next,
      at,
      status === 'error' || status === 'stopped' ? status : undefined,
    );
    if (sandbox?.version === next.version) tellWhy(actor, next, inspected.event, at);
  };

  // An event may have getters of its own, and an inspector must not end the actor that it looks at.
  return (inspected) => attempt(() => look(inspected));

  /** XState tells of an actor before it has a state; so it is told of with the first event. */
  function register(actor: Actor, ref: ActorRef, at: number): void {
    const sandbox = read(ref.getSnapshot());
    if (sandbox === undefined) return;
    told.set(actor.sessionId, sandbox);
    teller.actor(actor, sandbox, at);
  }

  /** Nothing changed: the pure transition knows why. */
  function tellWhy(actor: Actor, sandbox: Sandbox, event: { readonly type: string }, at: number): void {
    const { reason, refusal } = transition(sandbox, event as SandboxEvent);
    const type = teller.redact.event(event).type;
    if (refusal) {
      const { code, message } = refusal;
      teller.own(actor, sandbox.id, {
        type: '@sandbox-lifecycle.refused',
        event: type,
        reason: { code, message },
        at,
      });
    }
    if (reason)
      teller.own(actor, sandbox.id, {
        type: '@sandbox-lifecycle.stale',
        event: type,
        reason: { code: reason, message: '' },
        at,
      });
  }
}

const isShown = (ref: ActorRef | undefined) => ref?.logic?.config === sandboxMachine.config;

const read = (snapshot: unknown): Sandbox | undefined =>
  attempt(() => toSandbox(snapshot as Parameters<typeof toSandbox>[0]));

function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
