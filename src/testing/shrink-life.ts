import * as fc from 'fast-check';
import type { CreateInput } from '../machine/create.ts';
import type { SandboxEvent } from '../model/events.ts';

/** A sandbox and its events. The events are absolute, so they can be replayed on any implementation. */
export interface SandboxLife {
  readonly input: CreateInput;
  readonly events: readonly SandboxEvent[];
}

/**
 * Makes an arbitrary of lives shrink by its events, and not by how they were drawn: first whole runs of events are left out,
 * then single ones, then the input gets simpler. The events that stay are the same, so that a life fails for the same reason.
 */
export function shrinkable(lives: fc.Arbitrary<SandboxLife>): fc.Arbitrary<SandboxLife> {
  return new ShrinkableLives(lives);
}

class ShrinkableLives extends fc.Arbitrary<SandboxLife> {
  readonly #lives: fc.Arbitrary<SandboxLife>;

  constructor(lives: fc.Arbitrary<SandboxLife>) {
    super();
    this.#lives = lives;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<SandboxLife> {
    return new fc.Value(this.#lives.generate(random, bias).value, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is SandboxLife {
    return typeof value === 'object' && value !== null && 'input' in value && 'events' in value;
  }

  override shrink(life: SandboxLife): fc.Stream<fc.Value<SandboxLife>> {
    return fc.stream(simplerLives(life)).map((simpler) => new fc.Value(simpler, undefined));
  }
}

function* simplerLives({ input, events }: SandboxLife): Generator<SandboxLife> {
  for (let size = events.length; size >= 1; size = Math.floor(size / 2)) {
    // From the end: the events after the one that fails never matter.
    for (let end = events.length; end > 0; end -= size) {
      const rest = events.filter((_, index) => index < end - size || index >= end);
      if (rest.length > 0) yield { input, events: rest };
    }
  }
  if (input.id !== 'a') yield { input: { ...input, id: 'a' }, events };
  for (const limit of ['timeoutMs', 'idleTimeoutMs', 'suspendedTimeoutMs'] as const) {
    if (input[limit] != null) yield { input: { ...input, [limit]: null }, events };
  }
  if (input.name != null) yield { input: { ...input, name: null }, events };
}
