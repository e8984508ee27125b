/**
 * How a record of each schema becomes one of the next: the first entry takes a record of schema 1 to schema 2, and so
 * on. A released step never changes. Until the first release has a tag, schema 1 itself changes and this list stays empty.
 * `test/harness/golden` has records of every schema.
 */
const upgrades: readonly ((record: unknown) => unknown)[] = [];

/** The schema that records are written in. */
export const recordSchema = upgrades.length + 1;

/** A record of any schema so far as one of the present. Throws for one of a newer release. */
export function upgrade(record: unknown, schema: number): unknown {
  if (!(schema >= 1 && schema <= recordSchema)) {
    throw new Error(
      `It is of schema ${schema}, and this release knows 1 to ${recordSchema}; run the newer release.`,
    );
  }
  return upgrades.slice(schema - 1).reduce((older, toNext) => toNext(older), record);
}
