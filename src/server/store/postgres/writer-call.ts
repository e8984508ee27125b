import type { Connections } from './connections.ts';

/**
 * Calls a function of the database as the writer, and returns its result. The parameters of the call begin at `$3`. It rejects when
 * another server has taken over the data: the function then changes nothing.
 */
export type WriterCall = <Result>(
  name: string,
  parameters: string,
  values: readonly unknown[],
) => Promise<Result | undefined>;

/** Creates the calls of this server. `writer` names it; another one that took over has another name. */
export function createWriterCall({ write }: Connections, lockKey: string, writer: string): WriterCall {
  return async <Result>(name: string, parameters: string, values: readonly unknown[]) => {
    const [row] = await write<{ result: Result }>(`SELECT ${name}($1::bigint, $2, ${parameters}) AS result`, [
      lockKey,
      writer,
      ...values,
    ]).catch((error: unknown) => {
      throw (error as { code?: unknown }).code === 'SL005' ? new SupersededError() : error;
    });
    return row?.result;
  };
}

/** Another server has taken over the data. This one can no longer write. */
class SupersededError extends Error {
  override readonly name = 'SupersededError';

  constructor() {
    super('Another server has taken over this database; stop this one.');
  }
}
