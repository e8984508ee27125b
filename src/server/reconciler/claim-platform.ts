import type { Driver } from '../driver/driver.ts';
import { IdentityError } from '../errors.ts';
import type { Store } from '../store/store.ts';

/**
 * Checks that a store and a driver belong together, before a host acts on either: the kind of the driver is the one that the
 * data was used with, and the state of the driver has the mark of this database. Marks those that have no mark yet. Returns
 * the identity of the database, or null for a store without one. After an `IdentityError` nothing has been marked.
 */
export async function claimPlatform(
  { identity }: Store,
  { kind, ownership }: Driver,
): Promise<string | null> {
  const database = await identity?.read();
  const owner = (await ownership?.read()) ?? null;
  if (database === undefined) {
    if (owner !== null) throw new IdentityError(sentences.noIdentity(owner));
    return null;
  }
  const { id, driverKind } = database;
  if (kind !== undefined && driverKind !== null && driverKind !== kind)
    throw new IdentityError(sentences.otherKind(driverKind, kind));
  if (owner !== null && owner !== id) throw new IdentityError(sentences.otherOwner(id, owner));
  if (kind !== undefined && driverKind === null) await identity?.writeDriverKind(kind);
  if (owner === null) await ownership?.write(id);
  return id;
}

const sentences = {
  noIdentity: (owner: string) =>
    `The sandboxes of this driver belong to the database ${owner}, but the store has no identity. Use that database, or give the driver another data folder.`,
  otherKind: (before: string, now: string) =>
    `The database was used with the driver "${before}", not "${now}". Start the server with the driver "${before}", or with another data folder.`,
  otherOwner: (id: string, owner: string) =>
    `The sandboxes of this driver belong to the database ${owner}, but this is the database ${id}. Restore the database ${owner}, or use another data folder. The server has changed nothing.`,
};
