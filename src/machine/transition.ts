import { type Refusal, refuse } from '../guards/command.ts';
import type { Reason, UnchangedReason } from '../guards/guard.ts';
import { readPayload } from '../model/check-event.ts';
import { mustBeObject } from '../model/checks.ts';
import type { Effect, EffectFor } from '../model/effects.ts';
import type { EventType, Payload, SandboxEvent } from '../model/events.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import { nextDraft, type Sandbox } from '../model/sandbox.ts';
import { chooseFrom, isRefusalRule } from './choose.ts';
import { type CreateInput, newSandbox } from './create.ts';
import { table } from './table.generated.ts';
import { type Candidate, rowOf } from './table.ts';

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
  const sandbox = newSandbox(input, status, policy);
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
  mustBeObject('event', event);
  const { type, at } = event;
  const payload = readPayload(event, type, at);
  const choice = choose(sandbox, type, payload, at);
  if (typeof choice === 'string') return { outcome: 'unchanged', sandbox, effects: nothing, reason: choice };
  if (isRefusalRule(choice)) {
    return { outcome: 'refused', sandbox, effects: nothing, refusal: refuse(choice, sandbox, type) };
  }
  const next = nextDraft(sandbox, choice.status, at);
  choice.update(next, payload as never, at, policy);
  return { outcome: 'applied', sandbox: next, effects: effectsOf(next, choice.effects) };
}

function effectsOf(sandbox: Sandbox, requested: readonly EffectFor[]): readonly Effect[] {
  if (requested.length === 0) return nothing;
  const first = requested[0] as EffectFor;
  return requested.length === 1 ? [first(sandbox)] : requested.map((effectFor) => effectFor(sandbox));
}

/** Chooses what an event (`at`: epoch ms) does to a record, by the compiled machine. */
export function choose(sandbox: Sandbox, type: EventType, payload: Payload, at: number): Candidate | Reason {
  const row = rowOf(table.states, sandbox);
  return chooseFrom(row.on.get(type), row, sandbox, type, payload, at);
}
