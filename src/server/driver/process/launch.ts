import { type ChildProcess, spawn } from 'node:child_process';
import { lstat, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { permanent, transient } from '../failures.ts';
import { endingOfChild } from './child-watcher.ts';
import { hasCode } from './failures.ts';
import { pollUntil } from './poll-until.ts';
import { type ProcessFile, parseProcessFile } from './process-file.ts';
import { startScript, takenCode } from './script.ts';
import type { SharedState } from './shared-state.ts';
import { killProcessGroup } from './signals.ts';
import type { Ending } from './tracked.ts';

/** The process to start. */
interface LaunchOptions {
  readonly operation: number;
  readonly command: readonly string[];
  readonly env: Record<string, string>;
  readonly files: string;
  readonly loggerArguments: readonly string[];
  /** The folder of its control group, or an empty text. */
  readonly cgroup: string;
  readonly processFilePath: string;
  readonly signal: AbortSignal;
}

/** A process that has published its process file and become the command. */
interface Launched {
  readonly child: ChildProcess;
  readonly processFile: ProcessFile;
  /** Whether it has exited with code 0 already. */
  readonly isDone: boolean;
}

/**
 * Starts a sandbox's process in its own session, and resolves when it has published its process file and become the
 * command. Returns undefined when the operation already has a process. Leaves nothing behind when the signal aborts. From
 * the start of the process on, opens no file: without free descriptors, a called-off start must still be removed.
 */
export async function launch(state: SharedState, options: LaunchOptions): Promise<Launched | undefined> {
  const { operation, signal } = options;
  const started = await start(options, state.table.startScript);
  const { child, exit, published } = started;
  await Promise.race([published.end, abortOf(signal)]);
  if (signal.aborted) {
    await callOff(state, options.processFilePath, started);
    throw signal.reason;
  }
  const processFile = parseProcessFile(published.text(), operation);
  if (processFile && child.exitCode === null && child.signalCode === null)
    return { child, processFile, isDone: false };

  const ending = await exit;
  if (ending instanceof Error) throw transient(`its process could not be started: ${ending.message}`, ending);
  if (processFile) {
    // Its child processes must not outlive it.
    await killProcessGroup(state, processFile.pid);
    if (ending.exitCode === 0) return { child, processFile, isDone: true };
    throw permanent(`its process ended as soon as it had started: it ${ending.reason}`);
  }
  if (ending.exitCode === takenCode) return undefined;
  throw transient(`its process could not be started: sh ${ending.reason}`);
}

interface Started {
  readonly child: ChildProcess;
  readonly exit: Promise<Ending | Error>;
  readonly published: Published;
}

async function start(
  { command, env, files, loggerArguments, cgroup, processFilePath, signal }: LaunchOptions,
  setStart: string,
): Promise<Started> {
  signal.throwIfAborted();
  const script = ['-c', startScript(setStart), 'sh', processFilePath, cgroup, ...loggerArguments];
  try {
    const child = spawn('sh', [...script, ...command], {
      cwd: files,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    // The server may exit before its sandboxes.
    child.unref();
    const exit = exitOf(child);
    return { child, exit, published: publishedBy(child, exit) };
  } catch (error) {
    if (hasCode(error, 'E2BIG')) throw permanent('The entrypoint is longer than a command may be.', error);
    throw error;
  }
}

function exitOf(child: ChildProcess): Promise<Ending | Error> {
  return new Promise((resolve) => {
    child.once('exit', (code, signalName) => resolve(endingOfChild(code, signalName)));
    child.once('error', resolve);
  });
}

/** The message of the start script on descriptor 3: the content of its process file, once it is published. */
interface Published {
  /** The text so far. */
  text(): string;
  /** Resolves when the other end closes: the script closes it when it is done, or exits. */
  readonly end: Promise<void>;
}

function publishedBy(child: ChildProcess, exit: Promise<unknown>): Published {
  let text = '';
  const pipe = child.stdio?.[3];
  const end = new Promise<void>((resolve) => {
    // When the server is out of descriptors, the pipe is missing and the child does not start.
    if (!pipe || !('setEncoding' in pipe)) return void exit.then(() => resolve());
    child.once('error', () => resolve());
    pipe.once('close', resolve);
    pipe.on('error', () => {});
    pipe.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  });
  return { text: () => text, end };
}

/**
 * Kills a start that was called off, and removes its process file. Otherwise a retry of the same boot would find that its
 * process started and has exited.
 */
async function callOff(state: SharedState, file: string, { child, exit, published }: Started): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return void (await exit);
  await killProcessGroup(state, pid);
  await exit;
  // What a killed script has written arrives before the end of the pipe.
  await Promise.race([published.end, sleep(1_000, undefined, { ref: false })]);
  const unpublished = `${file}.${pid}`;
  let failure: unknown;
  const isRemoved = await pollUntil(async () => {
    try {
      if (published.text() !== '' || (await isSameFile(unpublished, file))) await rm(file, { force: true });
      await rm(unpublished, { force: true });
      await rm(`${unpublished}.pipe`, { force: true });
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  }, state.signalLimitMs);
  if (!isRemoved) throw failure;
}

/** Whether both names lead to one file: the script was killed between its link and its message. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([lstat(one), lstat(other)]);
    return first.ino === second.ino && first.dev === second.dev;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
