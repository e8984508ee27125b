import type { Driver } from '../driver/driver.ts';
import { RuleError } from '../errors.ts';
import type { SnapshotRecord } from '../store/records.ts';

type SnapshotType = SnapshotRecord['type'];

const everyType: readonly SnapshotType[] = ['filesystem', 'memory'];

/** The types of snapshots that a driver can take, the default first. */
export const snapshotTypesOf = ({ snapshotTypes = everyType }: Pick<Driver, 'snapshotTypes'>) =>
  snapshotTypes;

/**
 * The type of a new snapshot: the requested one, else the first type of the driver. Throws `RuleError` for a type that the
 * driver cannot take.
 */
export function snapshotTypeFor(
  requested: SnapshotType | undefined,
  driver: Pick<Driver, 'snapshotTypes'>,
): SnapshotType {
  const snapshotTypes = snapshotTypesOf(driver);
  const [byDefault = 'filesystem'] = snapshotTypes;
  if (requested === undefined) return byDefault;
  if (snapshotTypes.includes(requested)) return requested;
  throw new RuleError(
    `The platform of this server cannot take ${requested} snapshots; use ${snapshotTypes.join(' or ')}.`,
  );
}
