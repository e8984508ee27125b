import { setTimeout as sleep } from 'node:timers/promises';
import { transient } from '../failures.ts';
import { pollUntil } from './poll-until.ts';
import { type ProcessTargets, processesOf, signal as sendSignal } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import type { TrackedProcess } from './tracked.ts';

/** Stops every process of a sandbox, and resolves when all have stopped. After an error, some may stay stopped. */
export async function stopProcesses(
  state: SharedState,
  tracked: TrackedProcess,
  signal?: AbortSignal,
): Promise<void> {
  const { table, signalLimitMs } = state;
  let continueAfterMs = 20;
  let continuedAt = performance.now();
  const allStopped = async () => {
    const processes = await processesOf(table, tracked);
    tracked.lastSignalled = processes;
    if (processes.alive.every((info) => info.state === 'stopped')) return true;
    if (performance.now() - continuedAt > continueAfterMs) {
      // A process inside vfork cannot stop until its child executes another program, and a stopped child never does. So
      // let all of them run for a moment, each time after a longer wait.
      processes.send('SIGCONT');
      continuedAt = performance.now();
      continueAfterMs *= 2;
      await sleep(1);
    }
    processes.send('SIGSTOP');
    return false;
  };
  if (await pollUntil(allStopped, signalLimitMs, signal)) return;
  throw transient(`its processes did not stop within ${signalLimitMs} ms`);
}

/** Continues every process of a sandbox. */
export async function continueProcesses(state: SharedState, tracked: TrackedProcess): Promise<void> {
  tracked.lastSignalled = await processesOf(state.table, tracked);
  tracked.lastSignalled.send('SIGCONT');
}

/**
 * Stops or continues the processes of a sandbox, as its last completed request says. When the process table cannot be read,
 * signals the processes that were signalled last, which needs no descriptor, and rejects.
 */
export async function restoreProcesses(state: SharedState, tracked: TrackedProcess): Promise<void> {
  try {
    await (tracked.paused ? stopProcesses : continueProcesses)(state, tracked);
  } catch (error) {
    tracked.lastSignalled?.send(tracked.paused ? 'SIGSTOP' : 'SIGCONT');
    throw error;
  }
}

/** Kills every process of a sandbox, and resolves when all have exited. */
export async function killProcesses(
  state: SharedState,
  targets: ProcessTargets,
  signal?: AbortSignal,
): Promise<void> {
  const allExited = async () => {
    const processes = await processesOf(state.table, targets);
    processes.send('SIGKILL');
    return processes.alive.length === 0;
  };
  if (await pollUntil(allExited, state.signalLimitMs, signal)) return;
  throw transient(`its processes did not exit within ${state.signalLimitMs} ms after SIGKILL`);
}

/**
 * Kills the process group of a child that has just started, and resolves when all of it has exited. Works also while the
 * process table cannot be read.
 */
export async function killProcessGroup(state: SharedState, leader: number): Promise<void> {
  const allExited = async () => {
    if (!sendSignal(-leader, 'SIGKILL')) return true;
    try {
      return (await state.table.all()).every((info) => info.group !== leader || info.state === 'exited');
    } catch {
      // Then the next signal shows whether the group still exists.
      return false;
    }
  };
  await pollUntil(allExited, state.signalLimitMs);
}
