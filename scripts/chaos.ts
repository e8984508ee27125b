import { parseArgs } from 'node:util';
import type { Disturbances } from '../test/harness/chaos/disturbances.ts';
import { type FaultName, plantedFaults } from '../test/harness/chaos/planted-faults.ts';
import { type ChaosReport, sumOf } from '../test/harness/chaos/report.ts';
import { runChaos } from '../test/harness/chaos/run-chaos.ts';
import { quantile } from '../test/harness/chaos/takeovers.ts';
import { buildPlanted } from '../test/harness/kill/build-planted-server.ts';
import { launchPostgres } from '../test/harness/postgres/launch.ts';

/** How many hosts are killed on one database before the next one. */
const mostKills = 50;

/** Two hosts stay undisturbed, so that they can take over. */
const fewestHosts = 3;

const options = readOptions();
const server = await launchPostgres();
if ('skipped' in server) throw new Error(`Chaos needs PostgreSQL, but ${server.skipped}.`);
// An exit ends the hosts and the database too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const reports: ChaosReport[] = [];
try {
  for (let done = 0; done < options.kills; done += mostKills) reports.push(await runPart(done, server.url));
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  if (reports.length > 0) print(sumOf(reports));
  await server.stop();
}

/** Reads the options. Throws a sentence for a wrong one. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      hosts: { type: 'string', default: '4' },
      kills: { type: 'string', default: '50' },
      alive: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      planted: { type: 'string', default: 'none' },
    },
  });
  const number = (name: 'hosts' | 'kills' | 'alive' | 'seed', least: number) => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new Error(`Invalid --${name} "${values[name]}". Use a whole number from ${least}.`);
  };
  if (!(values.planted in plantedFaults))
    throw new Error(`Unknown fault "${values.planted}". Use ${Object.keys(plantedFaults).join(', ')}.`);
  return {
    hosts: number('hosts', fewestHosts),
    kills: number('kills', 1),
    aliveSeconds: number('alive', 1),
    seed: number('seed', 0),
    planted: values.planted as FaultName,
  };
}

/** Kills at most {@link mostKills} hosts on a database of their own. */
async function runPart(done: number, serverUrl: string): Promise<ChaosReport> {
  const { hosts, aliveSeconds, planted } = options;
  const seed = options.seed + done / mostKills;
  const kills = Math.min(mostKills, options.kills - done);
  const program =
    planted === 'none' ? undefined : [process.execPath, await buildPlanted('chaos/planted-host.ts'), planted];
  const planting = planted === 'none' ? '' : ` --planted ${planted}`;
  console.log(
    `To repeat: npm run chaos -- --hosts ${hosts} --kills ${kills} --alive ${aliveSeconds} --seed ${seed}${planting}`,
  );
  const begunAt = performance.now();
  const report = await runChaos({
    ...{ serverUrl, seed, hosts, kills, aliveSeconds, planted },
    ...(program && { program }),
    onProgress: (so) => process.stdout.write(`\r${lineOf(so)}`),
  });
  const seconds = Math.round((performance.now() - begunAt) / 1000);
  console.log(`\n${done + kills} of ${options.kills} kills; ${report.events} events in ${seconds} s`);
  return report;
}

function lineOf(counts: Disturbances): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function print(report: ChaosReport): void {
  const entries = Object.entries(report) as [string, number | readonly number[]][];
  const lists = entries.filter((entry): entry is [string, readonly number[]] => Array.isArray(entry[1]));
  console.table(Object.fromEntries(entries.filter(([, value]) => typeof value === 'number')));
  const measures = lists.map(([name, sorted]) => [
    `${name}, ms`,
    {
      count: sorted.length,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: sorted.at(-1) ?? 0,
    },
  ]);
  console.table(Object.fromEntries(measures));
}
