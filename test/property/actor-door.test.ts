import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyActorRef, createActor, createMachine, transition as xstateTransition } from 'xstate';
import type { Sandbox, SandboxEvent } from '../../src/index.ts';
import { sandboxMachine, toSandbox, toSnapshot } from '../../src/machine/index.ts';
import { lifecycle } from '../../src/machine/lifecycle.ts';
import { sampleEvent } from '../../src/machine/sample-event.ts';
import { readEvent } from '../../src/model/check-event.ts';
import { eventTypes } from '../../src/model/events.ts';
import { fixedSeed, freshSeed } from '../harness/check.ts';
import { hostileValues } from '../harness/machine/hostile.ts';
import { records } from '../harness/machine/records.ts';

/** A valid event of a record, of which one field is left out or replaced by any value. */
function damagedEvents(sandbox: Sandbox): fc.Arbitrary<unknown> {
  const field = fc.constantFrom('at', 'operation', 'incarnation', 'reason', 'deadline', 'exitCode', 'name');
  return fc
    .tuple(fc.constantFrom(...eventTypes), field, fc.option(fc.anything(), { nil: undefined }))
    .map(([type, name, value]) => ({ ...sampleEvent(type, sandbox), [name]: value }));
}

function isWellFormed(event: unknown): boolean {
  try {
    readEvent(event);
    return true;
  } catch {
    return false;
  }
}

/** Sends the events to actors of this record, a new actor whenever one has ended. Returns how many were rejected. */
function sendAll(sandbox: Sandbox, events: readonly unknown[]): number {
  let rejected = 0;
  let actor = startAt(sandbox);
  for (const event of events) {
    if (actor.getSnapshot().status !== 'active') actor = startAt(sandbox);
    const before = toSandbox(actor.getSnapshot());
    try {
      actor.send(event as SandboxEvent);
    } catch {
      // XState itself throws for some values, such as a string. They must leave the record as it is too.
    }
    const snapshot = actor.getSnapshot();
    const after = toSandbox(snapshot);
    if (isWellFormed(event)) continue;
    rejected++;
    expect(after).toEqual(before);
  }
  return rejected;
}

function startAt(sandbox: Sandbox) {
  const actor = createActor(sandboxMachine, { snapshot: toSnapshot(sandbox) });
  // XState throws an error of an actor without an observer out of turn.
  actor.subscribe({ error: () => {} });
  return actor.start();
}

const living = Object.entries(records).filter(([, { status }]) => status !== 'terminated');

describe('(21) an actor', () => {
  test.each(living)('keeps a legal record whatever it receives while %s', (_name, sandbox) => {
    const numRuns = Math.ceil(100_000 / living.length / 2);
    for (const [index, seed] of [fixedSeed, freshSeed].entries()) {
      const values = index === 0 ? hostileValues() : fc.oneof(damagedEvents(sandbox), hostileValues());
      expect(sendAll(sandbox, fc.sample(values, { seed, numRuns }))).toBeGreaterThan(numRuns / 4);
    }
  });

  test('that starts from any snapshot has a legal record, or the status error', () => {
    const damage = fc.tuple(
      fc.constantFrom(...Object.values(records)),
      fc.constantFrom(...Object.keys(records.running), 'policy', 'rejected', 'extra'),
      fc.anything(),
    );
    let started = 0;
    let failed = 0;
    for (const [sandbox, field, value] of fc.sample(damage, { seed: freshSeed, numRuns: 3_000 })) {
      const { context, ...rest } = persisted(sandbox);
      const snapshot = { ...rest, context: { ...context, [field]: value } };
      const actor = createActor(sandboxMachine, { snapshot: snapshot as never });
      actor.subscribe({ error: () => {} });
      actor.start();
      if (actor.getSnapshot().status === 'error') {
        failed++;
        continue;
      }
      started++;
      expect(toSandbox(actor.getSnapshot()).id).toEqual(expect.any(String));
      if (actor.getSnapshot().status === 'active') actor.send({ type: 'terminate', at: 9e9 });
      expect(toSandbox(actor.getSnapshot()).status).toBe('terminated');
    }
    expect([started > 100, failed > 1_000]).toEqual([true, true]);
  });

  test('the property finds a machine without its doors', () => {
    const open = createMachine(lifecycle.config as never, lifecycle.implementations as never);
    const snapshot = open.resolveState({ ...toSnapshot(records.running) } as never);
    const [after] = xstateTransition(open, snapshot, { type: 'suspend' });
    expect(() => toSandbox(after as never)).toThrow(/^sandbox\.updatedAt must be/);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a persisted snapshot is plain JSON
function persisted(sandbox: Sandbox): any {
  const actor: AnyActorRef = createActor(sandboxMachine, { snapshot: toSnapshot(sandbox) });
  return JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
}
