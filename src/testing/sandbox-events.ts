import * as fc from 'fast-check';
import type { CreateInput } from '../machine/create.ts';
import { createSandbox, transition } from '../machine/transition.ts';
import { nextDeadline } from '../model/duties.ts';
import { type Answering, type EventType, reports, type SandboxEvent } from '../model/events.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import { pendingReasons, type Sandbox, timeoutNames } from '../model/sandbox.ts';
import { type SandboxLife, shrinkable } from './shrink-life.ts';

export type { SandboxLife } from './shrink-life.ts';

/**
 * Creates a fast-check arbitrary of whole lives: a new sandbox and up to `maxLength` events. Events are drawn relative
 * to the record, so that current, stale and future ids, and times before, at and after a deadline, all occur. The
 * clock jumps both ways. Terminate is rare, because nothing follows it. A counterexample shrinks to the events that
 * matter: events are left out, and the others stay as they are. Peer: fast-check 4.
 *
 * @example
 * fc.assert(fc.property(sandboxEvents(), ({ input, events }) => {
 *   let { sandbox } = createSandbox(input);
 *   for (const event of events) ({ sandbox } = transition(sandbox, event));
 * }));
 */
export function sandboxEvents(
  options: { maxLength?: number; policy?: Policy } = {},
): fc.Arbitrary<SandboxLife> {
  const { maxLength = 60, policy = defaultPolicy } = options;
  const draws = fc.array(draw(), { minLength: 1, maxLength, size: 'max' });
  const lives = fc.tuple(newSandbox(), draws).map(([input, drawn]) => {
    let { sandbox } = createSandbox(input, policy);
    const events = drawn.map((one) => {
      const event = toEvent(one, sandbox);
      ({ sandbox } = transition(sandbox, event, policy));
      return event;
    });
    return { input, events };
  });
  return shrinkable(lives);
}

const isAnswer = (type: EventType): type is Answering['type'] => type.includes('.');

/** The other reports end the sandbox, so they are as rare as terminate. */
const answers = reports.filter(isAnswer);

const names = ['ada', 'grace', 'barbara'] as const;

/** Short limits, which expire before operations do, equal ones, and ones of up to 300 years. */
function limit(): fc.Arbitrary<number | null> {
  return fc.option(
    fc.oneof(
      fc.constantFrom(1_000, 5_000),
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 300 * 365 * 86_400_000 }),
    ),
    { freq: 2 },
  );
}

function newSandbox(): fc.Arbitrary<Required<CreateInput>> {
  return fc.record({
    id: fc.string({ minLength: 1, maxLength: 21 }),
    name: fc.option(fc.constantFrom(...names), { freq: 1 }),
    timeoutMs: limit(),
    idleTimeoutMs: limit(),
    suspendedTimeoutMs: limit(),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  });
}

/** An event relative to a record that is not known yet. */
interface Draw {
  readonly type: EventType | 'answer';
  readonly id: 'current' | 'stale' | 'future';
  readonly time: 'now' | 'before' | 'deadline' | 'after' | number;
  readonly success: boolean;
  readonly word: number;
  readonly text: string;
  readonly limit: number | null;
}

function draw(): fc.Arbitrary<Draw> {
  return fc.record({
    type: fc.oneof(
      { weight: 30, arbitrary: fc.constant('answer' as const) },
      { weight: 12, arbitrary: fc.constant('timeout' as const) },
      { weight: 40, arbitrary: fc.constantFrom('suspend', 'resume', 'snapshot', 'rename', 'keepalive') },
      { weight: 14, arbitrary: fc.constantFrom('setTimeouts', 'configure', 'deadline.moved') },
      { weight: 16, arbitrary: fc.constantFrom(...answers) },
      { weight: 2, arbitrary: fc.constantFrom('terminate', 'crashed', 'exited', 'lost') },
    ),
    id: fc.oneof(
      { weight: 6, arbitrary: fc.constant('current' as const) },
      { weight: 2, arbitrary: fc.constantFrom('stale', 'future') },
    ),
    time: fc.oneof(
      { weight: 4, arbitrary: fc.constant('now' as const) },
      { weight: 3, arbitrary: fc.constantFrom('before', 'deadline', 'after') },
      { weight: 1, arbitrary: fc.integer({ min: -1_000_000, max: 1_000_000 }) },
    ),
    success: fc.oneof(
      { weight: 3, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    word: fc.nat({ max: 59 }),
    text: fc.oneof(fc.constant(''), fc.string({ maxLength: 20 }), fc.constant('__proto__')),
    limit: limit(),
  });
}

function toEvent(drawn: Draw, sandbox: Sandbox): SandboxEvent {
  const { type, word, text: reason } = drawn;
  const at = instantFor(drawn, sandbox);
  const operation = idFor(drawn, sandbox.operations);
  switch (type) {
    case 'answer':
      return answerFor(drawn, sandbox);
    case 'snapshot':
      return { type, snapshotId: word === 0 ? '' : `snapshot-${word}`, at };
    case 'rename':
      return { type, name: word === 0 ? '' : (names[word % names.length] ?? ''), at };
    case 'setTimeouts':
      return { type, ...limitsFor(drawn), at };
    case 'deadline.moved':
      return { type, operation, deadline: movedDeadline(drawn, sandbox), at };
    case 'crashed':
      return { type, incarnation: idFor(drawn, sandbox.incarnation ?? 0), reason, at };
    case 'exited':
      return exitFor(drawn, idFor(drawn, sandbox.incarnation ?? 0), at);
    case 'lost':
      return { type, version: idFor(drawn, sandbox.version), reason, at };
    case 'boot.progressed':
      return {
        type,
        operation,
        pendingReason: pendingReasons[word % pendingReasons.length] ?? 'scheduling',
        at,
      };
    case 'boot.failed':
    case 'snapshot.failed':
    case 'suspend.failed':
    case 'resume.failed':
      return { type, operation, reason, at };
    case 'boot.completed':
    case 'snapshot.completed':
    case 'suspend.completed':
    case 'resume.completed':
      return { type, operation, at };
    default:
      return { type, at };
  }
}

/** Mostly one limit, sometimes several or none, and now and then one that the machine refuses. */
function limitsFor({ word, limit: limitMs }: Draw): {
  [Name in (typeof timeoutNames)[number]]?: number | null;
} {
  const value = word === 15 || word === 57 ? 0 : limitMs;
  const given = timeoutNames.filter((_, bit) => ((word % 8) >> bit) % 2 === 1);
  return Object.fromEntries(given.map((name) => [name, value]));
}

/** The deadline that the operation has already, one before it, or one after it. */
function movedDeadline({ word }: Draw, { operation, updatedAt }: Sandbox): number {
  const deadline = operation?.deadline ?? updatedAt;
  return deadline + ((word % 3) - 1) * word * 1_000;
}

function exitFor({ word, text }: Draw, incarnation: number, at: number): SandboxEvent {
  const exitCode = [0, 0, 1, 137, null][word % 5] ?? null;
  return { type: 'exited', incarnation, exitCode, reason: word % 2 === 0 ? text : null, at };
}

/** The report that the platform would send next. Without an operation, one that ends the sandbox, mostly a stale one. */
function answerFor(drawn: Draw, sandbox: Sandbox): SandboxEvent {
  const { success, word } = drawn;
  if (sandbox.operation === null) {
    const type = sandbox.status === 'suspended' ? 'lost' : success ? 'exited' : 'crashed';
    return toEvent({ ...drawn, type, id: word < 5 ? 'current' : 'stale' }, sandbox);
  }
  const { kind } = sandbox.operation;
  // A failed boot ends the sandbox too, so mostly draw progress instead.
  if (kind === 'boot' && !success && word > 5) return toEvent({ ...drawn, type: 'boot.progressed' }, sandbox);
  // The program may exit while its pause is in progress.
  if (kind === 'suspend' && word < 5) return toEvent({ ...drawn, type: 'exited', id: 'current' }, sandbox);
  return toEvent({ ...drawn, type: `${kind}.${success ? 'completed' : 'failed'}` }, sandbox);
}

function idFor({ id }: Pick<Draw, 'id'>, current: number): number {
  return id === 'current' ? current : current + (id === 'stale' ? -1 : 1);
}

function instantFor({ time }: Draw, sandbox: Sandbox): number {
  const now = sandbox.updatedAt;
  if (typeof time === 'number') return now + time;
  const deadline = nextDeadline(sandbox) ?? now;
  const steps = { now: now + 1, before: deadline - 1, deadline, after: deadline + 1 };
  return Math.min(steps[time], 8e15);
}
