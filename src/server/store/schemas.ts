/**
 * The functions that upgrade a record to the next schema: the first entry turns schema 1 into schema 2, and so on. A
 * released step never changes. Until the first release has a tag, schema 1 itself changes and this list stays empty.
 * `test/harness/golden` has records of every schema.
 */
const upgrades: readonly ((record: unknown) => unknown)[] = [];

/** The schema of the records that this release writes. */
export const recordSchema = upgrades.length + 1;

/** The schema of a record is above those that this release supports. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';

  constructor(schema: number) {
    super(
      `Its record has schema ${schema}, but this release supports 1 to ${recordSchema}; run the newer release.`,
    );
  }
}

/** Upgrades a record to the current schema. Throws `NewerSchemaError` for a record of a newer release. */
export function upgrade(record: unknown, schema: number): unknown {
  if (schema > recordSchema) throw new NewerSchemaError(schema);
  if (!(schema >= 1)) throw new Error(`It has schema ${schema}, but schemas begin at 1.`);
  return upgrades.slice(schema - 1).reduce((older, toNext) => toNext(older), record);
}
