import { type ConformanceCheck, conformanceChecks } from '../conformance.ts';
import { createHarness } from './check.ts';
import { atomicity } from './checks/atomicity.ts';
import { commits } from './checks/commits.ts';
import { durability } from './checks/durability.ts';
import { handles } from './checks/handles.ts';
import { hostLists } from './checks/host-lists.ts';
import { hosts } from './checks/hosts.ts';
import { keys } from './checks/keys.ts';
import { names } from './checks/names.ts';
import { namespaces } from './checks/namespaces.ts';
import { order } from './checks/order.ts';
import { orphans } from './checks/orphans.ts';
import { paging } from './checks/paging.ts';
import { quotas } from './checks/quotas.ts';
import { references } from './checks/references.ts';
import { retention } from './checks/retention.ts';
import { snapshotRetention } from './checks/snapshot-retention.ts';
import { snapshots } from './checks/snapshots.ts';
import { text } from './checks/text.ts';
import { usage } from './checks/usage.ts';
import { work } from './checks/work.ts';
import type { StoreConformanceOptions } from './options.ts';

const checks = [
  ...commits,
  ...atomicity,
  ...names,
  ...keys,
  ...order,
  ...paging,
  ...work,
  ...snapshots,
  ...references,
  ...quotas,
  ...retention,
  ...snapshotRetention,
  ...text,
  ...usage,
  ...namespaces,
  ...orphans,
  ...durability,
  ...handles,
  ...hosts,
  ...hostLists,
];

/**
 * Creates the checks of the guarantees that every store gives its host, for any test runner. Each check opens its own
 * store, closes it at the end, and rejects with an `AssertionError` when it fails.
 *
 * @example
 * for (const { name, run } of storeConformance({ open: () => myStore() })) test(name, run);
 */
export function storeConformance(options: StoreConformanceOptions): readonly ConformanceCheck[] {
  return conformanceChecks(checks, options, () => createHarness(options));
}
