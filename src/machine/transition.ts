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

/** The event was applied: the new record, one version later, and the platform work to start. */
export interface Applied {
  readonly outcome: 'applied';
  readonly sandbox: Sandbox;
  readonly effects: readonly Effect[];
  readonly reason?: never;
  readonly refusal?: never;
}

/** The event changed nothing: the very same record, and the reason. */
export interface Unchanged {
  readonly outcome: 'unchanged';
  readonly sandbox: Sandbox;
  readonly effects: readonly [];
  readonly reason: UnchangedReason;
  readonly refusal?: never;
}

/** The command is not allowed: the very same record, and the reason for the user. */
export interface Refused {
  readonly outcome: 'refused';
  readonly sandbox: Sandbox;
  readonly effects: readonly [];
  readonly reason?: never;
  readonly refusal: Refusal;
}

/** The result of an event. A result is data, never an exception. Source: contract, section 3. */
export type Transition = Applied | Unchanged | Refused;

/** The effects of every result without effects. Frozen, because all of them share it. */
const nothing: readonly [] = Object.freeze([]) as readonly [];

/**
 * Creates a sandbox: pending, with its boot in progress. Throws {@link MalformedInputError} for bad input.
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
 * Applies an event to a record. Pure and synchronous, without a clock. Never changes its arguments, and returns the very
 * same record when nothing changed. Throws {@link MalformedInputError} only for a malformed event.
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

/**
 * Chooses the first transition whose guard holds. Without one, returns the reason of the last, least restrictive guard.
 * Does not check the event.
 */
export function choose(sandbox: Sandbox, event: SandboxEvent): Candidate | Reason {
  const row = table.states[stateOf(sandbox)];
  let lacking: Reason | undefined;
  for (const candidate of row.on[event.type] ?? nothing) {
    lacking = candidate.guard?.(sandbox, event as never);
    if (lacking === undefined) return candidate;
  }
  return lacking ?? reasonOf(row, sandbox, event);
}
