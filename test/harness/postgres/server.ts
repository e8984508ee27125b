import { launchPostgres } from './launch.ts';

/**
 * The PostgreSQL server of a test file, or the reason why there is none, which is printed. Throws instead when
 * `REQUIRE_POSTGRES` is set. Stop it after all tests.
 */
export async function postgresForTests() {
  const launched = await launchPostgres();
  if (!('skipped' in launched)) return { ...launched, skipped: undefined };
  if (process.env['REQUIRE_POSTGRES']) throw new Error(`REQUIRE_POSTGRES is set, but ${launched.skipped}.`);
  console.warn(`The tests of PostgreSQL are skipped: ${launched.skipped}.`);
  return { url: '', folder: null, stop: async () => {}, skipped: launched.skipped };
}
