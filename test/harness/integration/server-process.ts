import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface StartOptions {
  dataDir?: string;
  args?: string[];
  /** The program to run instead of the built command, with the same arguments and the same line when it listens. */
  program?: readonly string[];
}

/** A started server that may not listen yet. */
export interface LaunchedServer {
  readonly child: ChildProcess;
  /** Resolves with the URL once the server listens. Rejects when the server exits first or takes too long. */
  readonly listening: Promise<string>;
  /** Kills the server with SIGKILL. Throws when it had exited before. */
  kill(): Promise<void>;
  /** Stops the server with SIGINT. Throws when its exit code is not 0. */
  stop(): Promise<void>;
  /** Its standard output and standard error so far. */
  output(): string;
}

export interface RunningServer {
  url: string;
  dataDir: string;
  pid: number;
  /** Stops the server with SIGINT and checks its exit code. Removes the data directory if `startServer` created it. */
  stop(): Promise<void>;
  /** Kills the server with SIGKILL. The data directory stays, for the next start. */
  kill(): Promise<void>;
}

const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));
const built = [process.execPath, 'dist/cli.js'];
const startLimitMs = 120_000;
const stopLimitMs = 120_000;

/** Starts a server on a folder without waiting until it listens. */
export function launchServer({ dataDir, args = [], program = built }: StartOptions & { dataDir: string }) {
  const [command = '', ...first] = program;
  const serve = [...first, 'serve', '--port', '0', '--data', dataDir, '--driver', 'process', ...args];
  const child = spawn(command, serve, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  // Sandboxes outlive the server and may hold its pipes open, so `close` may never come. `exit` does.
  const exited = once(child, 'exit');
  exited.catch(() => {});
  const output = collectOutput(child);
  const listening = listeningUrl(child, output);
  // A test that kills the server before it listens does not await the URL.
  listening.catch(() => {});
  return {
    child,
    listening,
    output: output.everything,
    async stop() {
      child.kill('SIGINT');
      const tooLate = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await exited;
      clearTimeout(tooLate);
      if (child.exitCode !== 0) {
        throw new Error(
          `The server exited with ${ending(child)} instead of exit code 0.\n${output.everything()}`,
        );
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
      if (child.signalCode !== 'SIGKILL') {
        throw new Error(`The server had exited before with ${ending(child)}.\n${output.everything()}`);
      }
    },
  } satisfies LaunchedServer;
}

/** Starts a server and waits until it listens. Creates a data directory when none is given. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await createDataDir());
  const removeOwnDataDir = async () => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  const server = launchServer({ ...options, dataDir });
  try {
    const url = await server.listening;
    const { pid } = server.child;
    if (pid === undefined) throw new Error('The server has no process id.');
    return {
      url,
      dataDir,
      pid,
      stop: () => server.stop().finally(removeOwnDataDir),
      kill: server.kill,
    };
  } catch (error) {
    // The server may have exited by itself, or may not have started at all.
    if (server.child.pid !== undefined) await server.kill().catch(() => {});
    await removeOwnDataDir();
    throw error;
  }
}

export function createDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sandbox-lifecycle-'));
}

/** An entrypoint that no other process on the machine has, so that the test can find its process. */
export function uniqueSleep(): { entrypoint: string[]; marker: string } {
  const marker = `86399.${String(Math.floor(Math.random() * 1e9)).padStart(9, '0')}`;
  return { entrypoint: ['sleep', marker], marker };
}

/** The ids of the living `sleep` processes with this marker. Zombies have no command line and do not count. */
export function sleepersWith(marker: string): number[] {
  return commandLines()
    .filter(({ words }) => basename(words[0] ?? '') === 'sleep' && words.includes(marker))
    .map(({ pid }) => pid)
    .sort((left, right) => left - right);
}

function commandLines(): { pid: number; words: string[] }[] {
  if (existsSync('/proc/self/cmdline')) {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map((entry) => ({ pid: Number(entry), words: wordsOf(entry) }));
  }
  return execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, ...words]) => ({ pid: Number(pid), words }));
}

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // The process exited after the listing.
    return [];
  }
}

interface Output {
  standardOutput(): string;
  everything(): string;
}

function collectOutput(child: ChildProcess): Output {
  let standardOutput = '';
  let standardError = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    standardOutput += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    standardError += text;
  });
  return {
    standardOutput: () => standardOutput,
    everything: () => `--- stdout\n${standardOutput}\n--- stderr\n${standardError}`,
  };
}

function listeningUrl(child: ChildProcess, output: Output): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(tooLate);
      reject(new Error(`${what}\n${output.everything()}`));
    };
    const tooLate = setTimeout(
      () => fail(`The server did not listen within ${startLimitMs} ms.`),
      startLimitMs,
    );
    child.once('error', (error) => fail(`The server could not be started: ${error.message}`));
    child.once('exit', () => fail(`The server exited with ${ending(child)} before it listened.`));
    child.stdout?.on('data', () => {
      // The line must be whole: a port cut in two by a pipe would parse as another port.
      const address = /http:\/\/127\.0\.0\.1:\d+(?=[^\n]*\n)/.exec(output.standardOutput());
      if (address === null) return;
      clearTimeout(tooLate);
      resolve(address[0]);
    });
  });
}

function ending(child: ChildProcess): string {
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
}
