import { createHash, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { oldestReader } from '../schemas.ts';
import type { Connections } from './connections.ts';
import { areUsable, type Migration, migrate, migrations, readLayout } from './migrations.ts';
import { newestReaderFact } from './sandboxes.ts';
import { skipSequences } from './skip-sequences.ts';

/** The settings without which a commit is not durable, or the store cannot write, and what each must be. */
const required = [
  ['fsync', 'on', 'a power failure would lose commits'],
  ['transaction_read_only', 'off', 'the server or its role is read-only'],
] as const;

/** The oldest PostgreSQL that the statements need, as `server_version_num`. */
const oldestVersion = 13_00_00;

/** How many servers may use a schema at once. Servers of different modes exclude each other. */
export type HostMode = 'one' | 'many';

/** The right to write. */
export interface Claim {
  /** The name of the writers in the database: of this server alone, or of all that share the schema. */
  readonly writer: string;
  /** The connection that keeps the right. */
  readonly client: PoolClient;
}

/** The key of one of the locks of a schema: 63 bits of a hash, as decimal text. */
export function lockKeyOf(schema: string, purpose: 'commits' | 'server' | 'migration'): string {
  const bits = createHash('sha256').update(`${schema} ${purpose}`).digest().readBigUInt64BE() >> 1n;
  return bits.toString();
}

/**
 * Prepares a schema: checks that the server is durable and writable, creates or migrates the tables, and claims the
 * right to write, on a connection of its own that keeps it. Servers that open a schema at once prepare it once. Throws an error with
 * a sentence otherwise.
 */
export async function openSchema(
  { pool }: Connections,
  schema: string,
  { mode, restored = false }: { readonly mode: HostMode; readonly restored?: boolean },
  steps: readonly Migration[] = migrations,
): Promise<Claim> {
  const client = await connect(pool);
  try {
    await checkSettings(client);
    const writer = await prepare(client, schema, { mode, restored }, steps);
    await client.query(
      "INSERT INTO facts VALUES ('writer', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      [writer],
    );
    await client.query(
      `INSERT INTO facts AS f VALUES ($1, $2) ON CONFLICT (name) DO UPDATE
         SET value = greatest(f.value::integer, excluded.value::integer)::text`,
      [newestReaderFact, String(oldestReader)],
    );
    // A row may have been repaired since, or have a schema that this release supports.
    await client.query('UPDATE sandboxes SET broken = NULL WHERE broken IS NOT NULL');
    // When this connection breaks, another server may claim the right; then the commits of this one fail.
    client.on('error', () => {});
    return { writer, client };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** The longest migration, in ms. Servers that start meanwhile wait for it. */
const migrationLimitMs = 3_600_000;

/**
 * Takes the lock of a server, and creates or migrates the tables in one transaction under the lock of migrations. A migration after
 * which the servers of an earlier layout cannot go on needs the schema alone. Returns the name of the writers.
 */
async function prepare(
  client: PoolClient,
  schema: string,
  { mode, restored }: { readonly mode: HostMode; readonly restored: boolean },
  steps: readonly Migration[],
): Promise<string> {
  const slow = {
    query: (text: string, values: unknown[] = []) =>
      client.query({ text, ...(values.length > 0 && { values }), query_timeout: migrationLimitMs } as never),
  } as unknown as Pick<PoolClient, 'query'>;
  await client.query('BEGIN');
  await client.query('SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0');
  await slow.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockKeyOf(schema, 'migration')]);
  const layout = await readLayout(client, schema, steps.length);
  const mustBeAlone = layout !== undefined && !areUsable(steps, layout.version);
  if (!(await takeServerLock(client, schema, mustBeAlone ? 'one' : mode)))
    throw new Error(mustBeAlone ? mustStop(schema, steps.length) : inUse(schema, mode));
  await migrate(slow, schema, steps);
  // The first server after a restore is alone.
  const isAlone = mustBeAlone || (restored && (await takeServerLock(client, schema, 'one')));
  if (restored && isAlone) await skipSequences(slow);
  if (isAlone && mode === 'many') {
    await takeServerLock(client, schema, 'many');
    await client.query('SELECT pg_advisory_unlock($1::bigint)', [lockKeyOf(schema, 'server')]);
  }
  const { oldestReader } = (await readLayout(client, schema, steps.length)) ?? { oldestReader: 0 };
  await client.query('COMMIT');
  // The servers that share a schema have one name. A migration that ends the earlier ones changes it, also for those that lost their lock.
  return mode === 'many' ? `many ${oldestReader}` : randomUUID();
}

/** Takes the lock of a server: alone, or together with others of the same mode. Returns whether it is taken. */
export async function takeServerLock(
  client: Pick<PoolClient, 'query'>,
  schema: string,
  mode: HostMode,
): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_lock${mode === 'many' ? '_shared' : ''}($1::bigint) AS taken`,
    [lockKeyOf(schema, 'server')],
  );
  return rows[0]?.taken === true;
}

/** Gives the right back. When it resolves, another server can claim it. */
export async function releaseClaim(client: PoolClient): Promise<void> {
  // The server notices the end of a connection only later. A connection that has broken has lost the lock.
  await client.query('SELECT pg_advisory_unlock_all()').catch(() => {});
  client.release(true);
}

export function inUse(schema: string, mode: HostMode): string {
  return mode === 'many'
    ? `The schema ${schema} of this database is in use by a server that does not share it; stop that server first, or use another schema.`
    : `The schema ${schema} of this database is in use by another server; stop that server first, or use another schema.`;
}

function mustStop(schema: string, layout: number): string {
  return `The schema ${schema} of this database must be migrated to layout ${layout}, which the servers that use it now do not support; stop them first.`;
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw new Error(`Cannot connect to the PostgreSQL database: ${(cause as Error).message}.`, { cause });
  }
}

/** Throws an error with a sentence for a server that would lose commits, or that cannot be written. */
export async function checkSettings(client: Pick<PoolClient, 'query'>): Promise<void> {
  const setting = async (name: string) => {
    const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
    return rows[0]?.value;
  };
  const version = Number(await setting('server_version_num'));
  if (version < oldestVersion)
    throw new Error(
      `The store needs PostgreSQL 13 or later, and the server is ${await setting('server_version')}.`,
    );
  for (const [name, value, why] of required) {
    const found = await setting(name);
    if (found !== value)
      throw new Error(`PostgreSQL has ${name} = ${found}, but the store requires ${value}: ${why}.`);
  }
  if ((await setting('synchronous_commit')) === 'off')
    throw new Error(
      'PostgreSQL has synchronous_commit = off, but the store requires on: a crash would lose commits.',
    );
  if ((await setting('server_encoding')) !== 'UTF8')
    throw new Error('The encoding of the database must be UTF8; create another database.');
}
