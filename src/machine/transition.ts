import { type Refusal, refuse } from '../guards/command.ts';
import type { Reason, UnchangedReason } from '../guards/guard.ts';
import { mustBeEvent } from '../model/check-event.ts';
import type { Effect, EffectOf } from '../model/effects.ts';
import type { SandboxEvent } from '../model/events.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import { asSandbox, copyWith, type Sandbox } from '../model/sandbox.ts';
import { type CreateInput, newSandboxData } from './create.ts';
import { reasonOf } from './default-reason.ts';
import { table } from './table.generated.ts';
import { type Candidate, stateOf } from './table.ts';
import { laterOf } from './updates/update.ts';

/** The event was applied: a new record, one version on, and what the platform must now start. */
export interface Applied {
  readonly outcome: 'applied';
  readonly sandbox: Sandbox;
  readonly effects: readonly Effect[];
  readonly reason?: never;
  readonly refusal?: never;
}

/** Nothing to do: the very same record, and why. */
export interface Unchanged {
  readonly outcome: 'unchanged';
  readonly sandbox: Sandbox;
  readonly effects: readonly [];
  readonly reason: UnchangedReason;
  readonly refusal?: never;
}

/** A command that may not happen here: the very same record, and a reason for a person. */
export interface Refused {
  readonly outcome: 'refused';
  readonly sandbox: Sandbox;
  readonly effects: readonly [];
  readonly reason?: never;
  readonly refusal: Refusal;
}

/** What an event comes to. A result is data, never an exception. Source: contract, section 3. */
export type Transition = Applied | Unchanged | Refused;

/** Shared by all that ask for nothing, so nobody may add to it. */
const nothing: readonly [] = Object.freeze([]) as readonly [];

/**
 * A new sandbox: pending, with its boot under way. Throws {@link MalformedInputError} for bad input.
 *
 * @example
 * createSandbox({ id: 'a1', name: 'my-env', timeoutMs: 300_000, at: Date.now() }).effects; // [{ type: 'boot', … }]
 */
export function createSandbox(input: CreateInput, policy: Policy = defaultPolicy): Applied {
  const { status, effects } = table.initial;
  const sandbox = asSandbox(newSandboxData(input, policy), status);
  return { outcome: 'applied', sandbox, effects: effectsOf(sandbox, effects) };
}

/**
 * What an event makes of a record: pure, synchronous, no clock. Never changes what it is given, and answers the very
 * same record when nothing changed. Throws {@link MalformedInputError} only for an event that is not well-formed.
 *
 * @example
 * const { outcome, sandbox, effects, refusal } = transition(before, { type: 'suspend', at: Date.now() });
 */
export function transition(
  sandbox: Sandbox,
  event: SandboxEvent,
  policy: Policy = defaultPolicy,
): Transition {
  mustBeEvent(event);
  const choice = choose(sandbox, event);
  if (typeof choice === 'string') return { outcome: 'unchanged', sandbox, effects: nothing, reason: choice };
  if ('code' in choice) {
    return { outcome: 'refused', sandbox, effects: nothing, refusal: refuse(choice, sandbox, event.type) };
  }
  const changes = choice.update(sandbox, event as never, policy);
  const next = copyWith(sandbox, choice.status, sandbox.version + 1, laterOf(sandbox, event.at), changes);
  return { outcome: 'applied', sandbox: next, effects: effectsOf(next, choice.effects) };
}

function effectsOf(sandbox: Sandbox, asked: readonly EffectOf[]): readonly Effect[] {
  return asked.length === 0 ? nothing : asked.map((effectOf) => effectOf(sandbox));
}

/** Chooses the first way whose guard holds, or says why there is none: what the last, widest way lacks. Checks no event. */
export function choose(sandbox: Sandbox, event: SandboxEvent): Candidate | Reason {
  const row = table.states[stateOf(sandbox)];
  let lacking: Reason | undefined;
  for (const candidate of row.on[event.type] ?? nothing) {
    lacking = candidate.guard?.(sandbox, event as never);
    if (lacking === undefined) return candidate;
  }
  return lacking ?? reasonOf(row, sandbox, event);
}
