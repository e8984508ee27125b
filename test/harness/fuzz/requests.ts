import * as fc from 'fast-check';
import { type BodyPlan, goodBody, hostileBody } from './bodies.ts';
import { nameOf, type Target, targetOf, targets } from './operations.ts';
import { oddHeader, oddQuery, type Part, partsOf } from './parts.ts';
import { weighted } from './weighted.ts';

/** A request with placeholders for ids and names that exist only later. */
export interface RequestPlan {
  /** The name of the target operation. A name makes printed plans readable. */
  readonly target: string;
  /** The method of the target, or another one. */
  readonly method: string;
  readonly path: readonly Part[];
  readonly query: readonly Part[];
  readonly headers: readonly Part[];
  readonly body: BodyPlan | null;
  /** The time in ms after which the client disconnects; null for never. */
  readonly disconnectsAfterMs: number | null;
  /** How many blocks of a stream the client reads, and whether it then leaves the stream open. */
  readonly blocks: number;
  readonly leavesOpen: boolean;
  /** The time until the next request, in ms. */
  readonly pauseMs: number;
}

function planFor(target: Target, isHostile: boolean): fc.Arbitrary<RequestPlan> {
  const schema = target.operation.requestBody?.content['application/json']?.schema;
  const body = schema
    ? isHostile
      ? weighted<BodyPlan | null>([4, hostileBody(schema)], [3, goodBody(schema)], [1, fc.constant(null)])
      : goodBody(schema)
    : isHostile
      ? weighted<BodyPlan | null>([1, hostileBody({})], [5, fc.constant(null)])
      : fc.constant(null);
  const some = (odd: fc.Arbitrary<Part>) => fc.array(odd, { maxLength: isHostile ? 2 : 0 });
  return fc.record({
    target: fc.constant(nameOf(target)),
    method: isHostile
      ? weighted(
          [14, fc.constant(target.method)],
          [1, fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'OPTIONS', 'DELETE', 'BREW')],
        )
      : fc.constant(target.method),
    path: partsOf(target, 'path', isHostile),
    query: fc.tuple(partsOf(target, 'query', isHostile), some(oddQuery)).map((parts) => parts.flat()),
    headers: fc.tuple(partsOf(target, 'header', isHostile), some(oddHeader)).map((parts) => parts.flat()),
    body,
    disconnectsAfterMs: weighted<number | null>([12, fc.constant(null)], [1, fc.constantFrom(0, 1, 2_000)]),
    blocks: fc.integer({ min: 1, max: 3 }),
    leavesOpen: fc.boolean(),
    pauseMs: weighted(
      [6, fc.constant(0)],
      [3, fc.constantFrom(1, 500, 3_000)],
      [1, fc.constantFrom(30_000, 700_000)],
    ),
  });
}

/** How often each operation is drawn: many creates and few deletes, so that requests meet sandboxes in every state. */
const weights: Readonly<Record<string, number>> = {
  create_sandbox: 14,
  update_sandbox: 5,
  suspend_sandbox: 7,
  resume_sandbox: 6,
  snapshot_sandbox: 7,
  keep_sandbox_alive: 4,
  delete_sandbox: 3,
  get_archived_sandbox: 4,
  delete_snapshot: 4,
  list_snapshots: 3,
  stream_sandbox_events: 4,
  // These operations have only one path style.
  list_absences: 3,
  confirm_absences: 8,
  list_orphans: 3,
  list_hosts: 3,
  list_held_sandboxes: 3,
  decide_orphans: 8,
  delete_namespace: 8,
  get_namespace_deletion: 3,
  check_health: 3,
  check_readiness: 3,
  get_metrics: 3,
  get_openapi_document: 3,
  get_docs: 3,
};

/** A request for any operation, valid or hostile. */
export const requestPlan: fc.Arbitrary<RequestPlan> = weighted(
  ...targets.flatMap((target) => {
    const weight = weights[target.operation.operationId.replace(/_in_namespace$/, '')] ?? 2;
    return [
      [weight * 3, planFor(target, false)],
      [weight * 2, planFor(target, true)],
    ] as const;
  }),
);

/** A request that creates a sandbox in the namespace that most requests use. */
export const sandboxPlan: fc.Arbitrary<RequestPlan> = planFor(targetOf('POST /sandboxes'), false);
