import { assign, emit } from 'xstate';
import type { Guard } from '../guards/guard.ts';
import * as allGuards from '../guards/index.ts';
import type { Effect, EffectFor } from '../model/effects.ts';
import * as allEffects from '../model/effects.ts';
import type { SandboxEvent } from '../model/events.ts';
import { defaultPolicy, mustBePolicy, type Policy } from '../model/policy.ts';
import { nextDraft, type SandboxData } from '../model/sandbox.ts';
import { type CreateInput, newSandbox } from './create.ts';
import * as allUpdates from './updates/index.ts';
import type { Update } from './updates/update.ts';

/**
 * The context of an actor: the record without its status, which is the state itself, the policy, and why the last event
 * was rejected as malformed, or null.
 */
export type SandboxContext = SandboxData & { readonly policy: Policy; readonly rejected: string | null };

/** The input of a new actor. An actor that starts from a snapshot needs none. */
export type MachineInput = (CreateInput & { readonly policy?: Policy | undefined }) | undefined;

/** Creates the context of a new sandbox, by its own policy or the default one. Throws `MalformedInputError`. */
export function newContext(input: MachineInput): SandboxContext {
  const policy = input?.policy ?? defaultPolicy;
  mustBePolicy(policy);
  const { status: _, ...data } = newSandbox(input, 'pending', policy);
  return { ...data, policy, rejected: null };
}

/** The guards of the compiled table, with the signature of XState. */
export const guards = mapValues(
  allGuards,
  (guard: Guard<never>) =>
    ({ context, event }: { context: SandboxContext; event: SandboxEvent }) =>
      guard(context, event as never, event.at) === undefined,
);

/** The updates of the compiled table, as XState assignments. */
export const updates = mapValues(allUpdates, (update: Update<never>) =>
  assign<SandboxContext, SandboxEvent, undefined, SandboxEvent, never>(({ context, event }) => {
    // The state of the actor is the status, so that the status of the copy does not matter.
    const { status: _, ...draft } = nextDraft(context, 'pending', event.at);
    update(draft, event as never, event.at, context.policy);
    return draft;
  }),
);

/** The effects as emitted events: `actor.on('suspend', (effect) => …)`. */
export const effects = mapValues(allEffects, (effectFor: EffectFor) =>
  emit<SandboxContext, SandboxEvent, undefined, SandboxEvent, Effect>(({ context }) => effectFor(context)),
);

function mapValues<Name extends string, From, To>(
  values: Readonly<Record<Name, From>>,
  map: (value: From) => To,
): Record<Name, To> {
  return Object.fromEntries(
    Object.entries<From>(values).map(([name, value]) => [name, map(value)]),
  ) as Record<Name, To>;
}
