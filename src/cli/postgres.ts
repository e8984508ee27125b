/** The schema of `serve --store`. */
export const defaultSchema = 'sandbox_lifecycle';

/** Loads the transfer of data. The client of PostgreSQL is an optional peer. */
export async function loadTransfer() {
  return import('../server/store/postgres/transfer/index.ts').catch((cause: unknown) => {
    throw new Error('PostgreSQL needs the package pg: run npm install pg.', { cause });
  });
}

/** The name of a schema for people, without the password. */
export function nameOf({ host, pathname }: URL, schema = defaultSchema): string {
  return `the schema ${schema} of ${host}${pathname}`;
}
