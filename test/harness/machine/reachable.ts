import {
  type CreateInput,
  pendingReasons,
  type Sandbox,
  type SandboxEvent,
  type TimeoutsInput,
} from '../../../src/index.ts';

type Limits = readonly [
  timeoutMs: number | null,
  idleTimeoutMs: number | null,
  suspendedTimeoutMs: number | null,
];

/** Limits below every operation limit and above, alone, together, and equal. */
const limits: readonly Limits[] = [
  [null, null, null],
  [10_000_000, null, 1_000],
  [null, 1_000, 10_000_000],
  [1_000, 1_000, null],
];

/** The inputs of a brief walk, which still has every limit in it. */
const briefLimits: readonly Limits[] = [
  [null, 1_000, 1_000],
  [1_000, 1_000, null],
];

function inputsOf(of: readonly Limits[]): CreateInput[] {
  return [null, 'ada'].flatMap((name) =>
    of.map(([timeoutMs, idleTimeoutMs, suspendedTimeoutMs]) => ({
      id: 'sandbox',
      name,
      timeoutMs,
      idleTimeoutMs,
      suspendedTimeoutMs,
      at: 1_000_000,
    })),
  );
}

/**
 * Every event that could affect a record, relative to it: stale, current and future ids of operations and incarnations;
 * times before, at and after each of its deadlines, and before its last update. A brief walk has fewer times and changes of limits,
 * and moves no deadline into the past.
 */
export function eventsFor(sandbox: Sandbox, isBrief = false): SandboxEvent[] {
  return [...timesFor(sandbox, isBrief)].flatMap((at) => eventsAt(sandbox, at, isBrief));
}

function timesFor(
  { operation, expiresAt, idleAt, discardAt, updatedAt }: Sandbox,
  isBrief: boolean,
): Set<number> {
  const deadlines = [operation?.deadline, expiresAt, idleAt, discardAt].filter(
    (instant) => typeof instant === 'number',
  );
  if (isBrief) return new Set([updatedAt, ...deadlines.flatMap((instant) => [instant - 1, instant])]);
  return new Set([
    updatedAt - 1,
    updatedAt,
    updatedAt + 1,
    ...deadlines.flatMap((instant) => [instant - 1, instant, instant + 1]),
  ]);
}

function eventsAt(sandbox: Sandbox, at: number, isBrief: boolean): SandboxEvent[] {
  const { operations, incarnation, name } = sandbox;
  const ids = new Set([operations - 1, operations, operations + 1]);
  const incarnations = new Set([(incarnation ?? operations) - 1, incarnation ?? operations, operations + 1]);
  const reason = 'the disk is full';
  return [
    { type: 'suspend', at },
    { type: 'resume', at },
    { type: 'keepalive', at },
    { type: 'configure', at },
    { type: 'terminate', at },
    { type: 'timeout', at },
    ...['', 'snapshot-1'].map((snapshotId) => ({ type: 'snapshot', snapshotId, at }) as const),
    ...[...new Set(['', name ?? 'ada', 'grace'])].map((to) => ({ type: 'rename', name: to, at }) as const),
    ...(isBrief ? briefChanges : limitChanges).map(
      (changes) => ({ type: 'setTimeouts', ...changes, at }) as const,
    ),
    ...[...incarnations].flatMap((id): SandboxEvent[] => [
      { type: 'crashed', incarnation: id, reason, at },
      { type: 'exited', incarnation: id, exitCode: 0, reason: null, at },
      { type: 'exited', incarnation: id, exitCode: 137, reason, at },
      { type: 'exited', incarnation: id, exitCode: null, reason: null, at },
    ]),
    ...[-1, 0, 1].map((step) => ({ type: 'lost', version: sandbox.version + step, reason, at }) as const),
    ...[...ids].flatMap((operation) => reportsOf(sandbox, operation, at, isBrief)),
  ];
}

/** Changes of limits: none, invalid, several, and away. */
const briefChanges: readonly TimeoutsInput[] = [
  {},
  { timeoutMs: 0 },
  { timeoutMs: 1_000, suspendedTimeoutMs: -1 },
  { timeoutMs: 1_000, suspendedTimeoutMs: 1_000 },
  { timeoutMs: null, idleTimeoutMs: undefined, suspendedTimeoutMs: null },
];

/** The same, and single ones. */
const limitChanges: readonly TimeoutsInput[] = [
  ...briefChanges,
  { timeoutMs: 1_000 },
  { idleTimeoutMs: 1_000 },
  { suspendedTimeoutMs: 1_000 },
  { timeoutMs: null, idleTimeoutMs: null, suspendedTimeoutMs: null },
];

function reportsOf(sandbox: Sandbox, operation: number, at: number, isBrief: boolean): SandboxEvent[] {
  const { updatedAt } = sandbox;
  const reason = 'the disk is full';
  const deadline = sandbox.operation?.deadline ?? updatedAt;
  const deadlines = new Set(
    isBrief ? [updatedAt + 1, deadline] : [updatedAt - 1, deadline - 1, deadline, deadline + 1],
  );
  return [
    ...pendingReasons
      .slice(0, 2)
      .map((pendingReason) => ({ type: 'boot.progressed', operation, pendingReason, at }) as const),
    ...[...deadlines].map((to) => ({ type: 'deadline.moved', operation, deadline: to, at }) as const),
    { type: 'boot.completed', operation, at },
    { type: 'boot.failed', operation, reason, at },
    { type: 'snapshot.completed', operation, at },
    { type: 'snapshot.failed', operation, reason, at },
    { type: 'suspend.completed', operation, at },
    { type: 'suspend.failed', operation, reason, at },
    { type: 'resume.completed', operation, at },
    { type: 'resume.failed', operation, reason, at },
  ];
}

/**
 * A key that is equal for records that behave alike: everything except names, past operations, and the
 * absolute values of ids and times. A brief walk does not distinguish generations either.
 */
function configurationOf(sandbox: Sandbox, isBrief: boolean): string {
  const { operation, operations, incarnation, updatedAt, outcome } = sandbox;
  const { expiresAt, idleAt, discardAt } = sandbox;
  return JSON.stringify([
    sandbox.status,
    operation?.kind,
    sandbox.name === null,
    !isBrief && sandbox.generation > 1,
    sandbox.timeoutMs,
    sandbox.idleTimeoutMs,
    sandbox.suspendedTimeoutMs,
    sandbox.pendingReason,
    outcome,
    incarnation === null ? null : incarnation === operations - (operation ? 1 : 0),
    order(expiresAt, updatedAt),
    order(idleAt, updatedAt),
    order(expiresAt, idleAt),
    order(discardAt, updatedAt),
    order(expiresAt, operation?.deadline),
    order(idleAt, operation?.deadline),
    order(operation?.deadline, updatedAt),
  ]);
}

/** Which of two instants is earlier, or null when one is missing. */
function order(one: number | null | undefined, other: number | null | undefined): number | null {
  return typeof one === 'number' && typeof other === 'number' ? Math.sign(one - other) : null;
}

/** One step of the walk. Returns the record that the event leads to. */
export type Visit = (before: Sandbox, event: SandboxEvent) => Sandbox;

/**
 * Walks breadth first over every reachable configuration × every event. `visit` checks each step and returns the record
 * that it leads to. Returns the number of configurations and steps. A brief walk begins
 * from fewer limits, and sends fewer events.
 */
export function walkReachable(
  first: (input: CreateInput) => Sandbox,
  visit: Visit,
  { isBrief = false }: { isBrief?: boolean } = {},
): { configurations: number; steps: number } {
  const queue = inputsOf(isBrief ? briefLimits : limits).map(first);
  const seen = new Set(queue.map((sandbox) => configurationOf(sandbox, isBrief)));
  let steps = 0;
  for (const before of queue) {
    for (const event of eventsFor(before, isBrief)) {
      steps++;
      const after = visit(before, event);
      const configuration = configurationOf(after, isBrief);
      if (seen.has(configuration)) continue;
      seen.add(configuration);
      queue.push(after);
    }
  }
  return { configurations: seen.size, steps };
}
