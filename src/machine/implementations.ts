import { assign, emit } from 'xstate';
import type { Guard } from '../guards/guard.ts';
import * as allGuards from '../guards/index.ts';
import type { Effect, EffectOf } from '../model/effects.ts';
import * as allEffects from '../model/effects.ts';
import type { SandboxEvent } from '../model/events.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import type { SandboxData } from '../model/sandbox.ts';
import { type CreateInput, newSandboxData } from './create.ts';
import * as allUpdates from './updates/index.ts';
import { laterOf, type Update } from './updates/update.ts';

/** The context of an actor: the record without its status, which is the state itself, and the policy. */
export type SandboxContext = SandboxData & { readonly policy: Policy };

/** The input of a new actor. An actor that starts from a snapshot needs none. */
export type MachineInput = (CreateInput & { readonly policy?: Policy | undefined }) | undefined;

/** Creates the context of a new sandbox, by its own policy or the default one. Throws `MalformedInputError`. */
export function newContext(input: MachineInput): SandboxContext {
  const policy = input?.policy ?? defaultPolicy;
  return { ...newSandboxData(input, policy), policy };
}

/** The guards of the compiled table, with the signature of XState. */
export const guards = mapValues(
  allGuards,
  (guard: Guard<never>) =>
    ({ context, event }: { context: SandboxContext; event: SandboxEvent }) =>
      guard(context, event as never) === undefined,
);

/** The updates of the compiled table, as XState assignments. */
export const updates = mapValues(allUpdates, (update: Update<never>) =>
  assign<SandboxContext, SandboxEvent, undefined, SandboxEvent, never>(({ context, event }) => ({
    ...update(context, event as never, context.policy),
    version: context.version + 1,
    updatedAt: laterOf(context, event.at),
  })),
);

/** The effects as emitted events: `actor.on('suspend', (effect) => …)`. */
export const effects = mapValues(allEffects, (effectOf: EffectOf) =>
  emit<SandboxContext, SandboxEvent, undefined, SandboxEvent, Effect>(({ context }) => effectOf(context)),
);

function mapValues<Name extends string, From, To>(
  values: Readonly<Record<Name, From>>,
  map: (value: From) => To,
): Record<Name, To> {
  return Object.fromEntries(
    Object.entries<From>(values).map(([name, value]) => [name, map(value)]),
  ) as Record<Name, To>;
}
