import { type ChildProcess, spawn } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { permanent, transient } from '../failures.ts';
import { exitReasonOf } from './exit-watcher.ts';
import { hasCode } from './failures.ts';
import { type ProcessFile, readProcessFile } from './process-file.ts';
import { startScript, takenCode } from './script.ts';
import type { SharedState } from './shared-state.ts';
import { killProcessGroup } from './signals.ts';

/** The process to start. */
interface LaunchOptions {
  readonly operation: number;
  readonly command: readonly string[];
  readonly env: Record<string, string>;
  readonly files: string;
  readonly output: string;
  readonly processFilePath: string;
  readonly signal: AbortSignal;
}

/**
 * Starts a sandbox's process in its own session, and resolves when it has published its process file and become the
 * command. Returns the child, or undefined when the operation already has a process. Leaves nothing behind when the
 * signal aborts.
 */
export async function launch(
  state: SharedState,
  options: LaunchOptions,
): Promise<{ child: ChildProcess; processFile: ProcessFile } | undefined> {
  const { processFilePath, operation, signal } = options;
  const { child, exit, close } = await start(options, state.table.startScript);
  await Promise.race([close, exit, abortOf(signal)]);
  const published = await readProcessFile(processFilePath, operation);
  const processFile = published?.pid === child.pid ? published : undefined;

  if (signal.aborted) {
    if (child.pid !== undefined) await killProcessGroup(state, child.pid);
    await exit;
    // Otherwise a retry of the same boot would find that its process started and has exited.
    if ((await readProcessFile(processFilePath, operation))?.pid === child.pid)
      await rm(processFilePath, { force: true });
    throw signal.reason;
  }
  if (processFile && child.exitCode === null && child.signalCode === null) return { child, processFile };

  const end = await exit;
  if (end instanceof Error) throw transient(`its process could not be started: ${end.message}`, end);
  if (processFile) {
    // Its child processes must not outlive it.
    await killProcessGroup(state, processFile.pid);
    throw permanent(`its process ended as soon as it had started: it ${end.words}`);
  }
  if (end.code === takenCode) return undefined;
  throw transient(`its process could not be started: sh ${end.words}`);
}

async function start(
  { command, env, files, output, processFilePath, signal }: LaunchOptions,
  setStart: string,
) {
  const log = await open(output, 'a');
  try {
    signal.throwIfAborted();
    const child = spawn('sh', ['-c', startScript(setStart), 'sh', processFilePath, ...command], {
      cwd: files,
      env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
    // The server may exit before its sandboxes.
    child.unref();
    // Listen at once, because the child may exit before the log is closed.
    return { child, exit: exitOf(child), close: closeOf(child) };
  } catch (error) {
    if (hasCode(error, 'E2BIG')) throw permanent('The entrypoint is longer than a command may be.', error);
    throw error;
  } finally {
    await log.close();
  }
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; words: string } | Error> {
  return new Promise((resolve) => {
    child.once('exit', (code, signalName) => resolve({ code, words: exitReasonOf(code, signalName) }));
    child.once('error', resolve);
  });
}

/** Resolves when the other end of descriptor 3 closes: the script closes it when it is done, or exits. */
function closeOf(child: ChildProcess): Promise<void> {
  // When the process is out of file descriptors, the pipe is missing and only `exit` resolves.
  const pipe = child.stdio?.[3];
  return new Promise((resolve) => {
    if (!pipe || !('resume' in pipe)) return;
    pipe.once('close', resolve);
    pipe.on('error', () => {});
    pipe.resume();
  });
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
