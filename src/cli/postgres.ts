/** The schema of `serve --store`. */
export const defaultSchema = 'sandbox_lifecycle';

/** Loads the transfer of data. Its client of PostgreSQL is an optional peer. */
export const loadTransfer = () => import('../server/store/postgres/transfer/index.ts');

/** The name of a schema for people, without the password. */
export function nameOf({ host, pathname }: URL, schema = defaultSchema): string {
  return `the schema ${schema} of ${host}${pathname}`;
}
