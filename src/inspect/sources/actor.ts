import type { InspectionEvent } from 'xstate';
import { sandboxMachine } from '../../machine/sandbox-machine.ts';
import { transition } from '../../machine/transition.ts';
import { toSandbox } from '../../machine/xstate-snapshot.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Actor, MessageWriter } from './message-writer.ts';

/** The part of an XState actor that the observer reads. */
interface ActorRef {
  readonly sessionId: string;
  readonly id?: string;
  readonly logic?: { readonly config?: unknown };
  readonly _parent?: ActorRef;
  getSnapshot(): unknown;
}

/**
 * Creates an `inspect` observer for `createActor`. It writes the events and the states of the actors of the sandbox
 * machine as they happen, and why an event changed nothing. It ignores all other actors of their system, and never
 * throws.
 */
export function createObserver(writer: MessageWriter): (event: InspectionEvent) => void {
  const sandboxes = new Map<string, Sandbox>();

  const observe = (inspected: InspectionEvent) => {
    if (inspected.type !== '@xstate.event' && inspected.type !== '@xstate.snapshot') return;
    const ref = inspected.actorRef as unknown as ActorRef;
    if (ref.logic?.config !== sandboxMachine.config) return warnOfOtherCopy(ref.logic?.config);
    const actor: Actor = {
      sessionId: ref.sessionId,
      rootId: inspected.rootId,
      parentId: isSandboxActor(ref._parent) ? ref._parent?.sessionId : undefined,
      name: `sandbox ${ref.sessionId}`,
    };
    const at = writer.now();
    if (!sandboxes.has(actor.sessionId)) register(actor, ref, at);
    if (inspected.type === '@xstate.event') {
      writer.event(actor, inspected.event, at, (inspected.sourceRef as ActorRef | undefined)?.sessionId);
      return;
    }
    const next = read(inspected.snapshot);
    if (next === undefined) return;
    const { status } = inspected.snapshot;
    const sandbox = sandboxes.get(actor.sessionId);
    sandboxes.set(actor.sessionId, next);
    writer.snapshot(
      actor,
      inspected.event,
      next,
      at,
      status === 'error' || status === 'stopped' ? status : undefined,
    );
    const rejected = rejectionOf(inspected.snapshot);
    if (rejected !== null) writeRejection(actor, next, inspected.event, rejected, at);
    else if (sandbox?.version === next.version) writeReason(actor, next, inspected.event, at);
  };

  // An event may have getters that throw, and an inspector must not stop the actor that it observes.
  return (inspected) => attempt(() => observe(inspected));

  /** Announces an actor with its first event, because XState announces it before it has a state. */
  function register(actor: Actor, ref: ActorRef, at: number): void {
    const sandbox = read(ref.getSnapshot());
    if (sandbox === undefined) return;
    sandboxes.set(actor.sessionId, sandbox);
    writer.actor(actor, sandbox, at);
  }

  /** Writes that an event was malformed. The sentence may quote a user's text. */
  function writeRejection(actor: Actor, { id }: Sandbox, event: unknown, sentence: string, at: number): void {
    const reason = { code: 'malformed', message: writer.redact.text('detail', sentence) };
    const { type: eventType } = writer.redact.event(event);
    writer.own(actor, id, { type: '@sandbox-lifecycle.refused', event: eventType, reason, at });
  }

  /** Writes why an event changed nothing, according to the pure transition. */
  function writeReason(actor: Actor, sandbox: Sandbox, event: { readonly type: string }, at: number): void {
    const { reason, refusal } = transition(sandbox, event as SandboxEvent);
    const { type: eventType } = writer.redact.event(event);
    if (refusal) {
      const { code, message } = refusal;
      const type = '@sandbox-lifecycle.refused';
      writer.own(actor, sandbox.id, { type, event: eventType, reason: { code, message }, at });
    }
    if (reason) {
      const type = '@sandbox-lifecycle.stale';
      writer.own(actor, sandbox.id, { type, event: eventType, reason: { code: reason, message: '' }, at });
    }
  }
}

let hasWarned = false;

/** Warns once about a sandbox machine of another copy of the package, whose actors an inspector cannot read. */
function warnOfOtherCopy(config: unknown): void {
  const { id, states } = (config ?? {}) as Partial<typeof sandboxMachine.config>;
  const isCopy = id === sandboxMachine.config.id && states !== undefined && 'snapshotting' in states;
  if (!isCopy || hasWarned) return;
  hasWarned = true;
  // biome-ignore lint/suspicious/noConsole: the page of the inspector stays empty, and nothing else says why.
  console.warn(
    'The inspector ignores a sandbox machine of another copy of sandbox-lifecycle. Install the package once (`npm ls sandbox-lifecycle` lists the copies), and import sandboxMachine and inspectLifecycle from the same copy.',
  );
}

const isSandboxActor = (ref: ActorRef | undefined) => ref?.logic?.config === sandboxMachine.config;

const read = (snapshot: unknown): Sandbox | undefined =>
  attempt(() => toSandbox(snapshot as Parameters<typeof toSandbox>[0]));

/** Returns why the last event was not well-formed, or null. */
function rejectionOf(snapshot: unknown): string | null {
  const { rejected } = (snapshot as { readonly context: { readonly rejected?: unknown } }).context;
  return typeof rejected === 'string' ? rejected : null;
}

function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
