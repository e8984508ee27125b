import { recordFields } from '../../model/check-record.ts';
import { mustBeObject } from '../../model/checks.ts';

/** The step from one schema of the records to the next. A released step never changes. */
interface SchemaStep {
  readonly upgrade: (record: unknown) => unknown;
  /**
   * Whether the releases of the earlier schema may read and write records of the next one. They leave out the fields that they do not
   * know, and `upgrade` adds them to what they write.
   */
  readonly isReadableByEarlier: boolean;
}

/**
 * The steps between the schemas: the first entry turns schema 1 into schema 2, and so on. Until the first release has a tag,
 * schema 1 itself changes and this list stays empty. `test/harness/golden` has records of every schema.
 */
const steps: readonly SchemaStep[] = [];

/** The schema of the records that this release writes. */
export const recordSchema = steps.length + 1;

/** The oldest schema whose releases may read the records that this release writes. Each row has it. */
export const oldestReader = 2 + steps.findLastIndex(({ isReadableByEarlier }) => !isReadableByEarlier);

/** The record is of a newer release, and not for readers of the schemas that this release supports. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';

  constructor(schema: number) {
    super(
      `Its record has schema ${schema}, but this release supports 1 to ${recordSchema}; run the newer release.`,
    );
  }
}

/**
 * Converts a record to the current schema. `reader` is the oldest schema whose releases may read it. A record of a newer schema that
 * this release may read loses the fields that are new. Throws `NewerSchemaError` for the others.
 */
export function upgrade(record: unknown, schema: number, reader: number): unknown {
  if (reader > recordSchema) throw new NewerSchemaError(schema);
  if (!(schema >= 1)) throw new Error(`It has schema ${schema}, but schemas begin at 1.`);
  if (schema > recordSchema) return withoutNewFields(record);
  return steps.slice(schema - 1).reduce((older, step) => step.upgrade(older), record);
}

function withoutNewFields(record: unknown): unknown {
  mustBeObject('record', record);
  return Object.fromEntries(Object.entries(record).filter(([field]) => recordFields.includes(field)));
}
