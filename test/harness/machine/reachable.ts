import { type CreateInput, pendingReasons, type Sandbox, type SandboxEvent } from '../../../src/index.ts';

/** Named and ephemeral sandboxes: without a limit, with one below every operation limit, and with a longer one. */
export const inputs: readonly CreateInput[] = [null, 'ada'].flatMap((name) =>
  [null, 1_000, 10_000_000].map((timeoutMs) => ({ id: 'sandbox', name, timeoutMs, at: 1_000_000 })),
);

/**
 * Every event that could affect a record, relative to it: stale, current and future ids of operations and incarnations;
 * times before, at and after each of its deadlines, and before its last update.
 */
export function eventsFor(sandbox: Sandbox): SandboxEvent[] {
  return [...timesFor(sandbox)].flatMap((at) => eventsAt(sandbox, at));
}

function timesFor({ operation, expiresAt, updatedAt }: Sandbox): Set<number> {
  const deadlines = [operation?.deadline, expiresAt].filter((instant) => typeof instant === 'number');
  return new Set([
    updatedAt - 1,
    updatedAt,
    updatedAt + 1,
    ...deadlines.flatMap((instant) => [instant - 1, instant, instant + 1]),
  ]);
}

function eventsAt(sandbox: Sandbox, at: number): SandboxEvent[] {
  const { operations, incarnation, name } = sandbox;
  const ids = new Set([operations - 1, operations, operations + 1]);
  const incarnations = new Set([(incarnation ?? operations) - 1, incarnation ?? operations, operations + 1]);
  const reason = 'the disk is full';
  return [
    { type: 'suspend', at },
    { type: 'resume', at },
    { type: 'keepalive', at },
    { type: 'terminate', at },
    { type: 'timeout', at },
    ...['', 'snapshot-1'].map((snapshotId) => ({ type: 'snapshot', snapshotId, at }) as const),
    ...[...new Set(['', name ?? 'ada', 'grace'])].map((to) => ({ type: 'rename', name: to, at }) as const),
    ...[...incarnations].map((id) => ({ type: 'crashed', incarnation: id, reason, at }) as const),
    ...[...ids].flatMap((operation): SandboxEvent[] => [
      ...pendingReasons
        .slice(0, 2)
        .map((pendingReason) => ({ type: 'boot.progressed', operation, pendingReason, at }) as const),
      { type: 'boot.completed', operation, at },
      { type: 'boot.failed', operation, reason, at },
      { type: 'snapshot.completed', operation, at },
      { type: 'snapshot.failed', operation, reason, at },
      { type: 'suspend.completed', operation, at },
      { type: 'suspend.failed', operation, reason, at },
      { type: 'resume.completed', operation, at },
      { type: 'resume.failed', operation, reason, at },
    ]),
  ];
}

/** A key that is equal for records that behave alike: everything except the absolute values of ids and times. */
export function configurationOf(sandbox: Sandbox): string {
  const { operation, operations, incarnation, expiresAt, updatedAt, timeoutMs, outcome } = sandbox;
  return JSON.stringify([
    sandbox.status,
    operation?.kind,
    sandbox.name,
    timeoutMs,
    sandbox.pendingReason,
    sandbox.snapshotId,
    outcome,
    incarnation === null ? null : incarnation === operations - (operation ? 1 : 0),
    expiresAt === null ? null : Math.sign(expiresAt - updatedAt),
    expiresAt === null || operation === null ? null : Math.sign(expiresAt - operation.deadline),
    operation === null ? null : Math.sign(operation.deadline - updatedAt),
  ]);
}

/** One step of the walk. Returns the record that the event leads to. */
export type Visit = (before: Sandbox, event: SandboxEvent) => Sandbox;

/**
 * Walks breadth first over every reachable configuration × every event. `visit` checks each step and returns the record
 * that it leads to. Returns the number of configurations and steps.
 */
export function walkReachable(
  first: (input: CreateInput) => Sandbox,
  visit: Visit,
): { configurations: number; steps: number } {
  const queue = inputs.map(first);
  const seen = new Set(queue.map(configurationOf));
  let steps = 0;
  for (const before of queue) {
    for (const event of eventsFor(before)) {
      steps++;
      const after = visit(before, event);
      const configuration = configurationOf(after);
      if (seen.has(configuration)) continue;
      seen.add(configuration);
      queue.push(after);
    }
  }
  return { configurations: seen.size, steps };
}
