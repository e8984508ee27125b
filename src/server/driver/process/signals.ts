import { setTimeout as sleep } from 'node:timers/promises';
import { passing } from '../failures.ts';
import { pollUntil } from './poll-until.ts';
import { type ProcessTargets, processesOf, signal as sendSignal } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';

/** Stops every process of a group, and resolves when all of them stand still. May leave some stopped on an error. */
export async function stopGroup(
  platform: SharedState,
  group: ProcessTargets,
  signal?: AbortSignal,
): Promise<void> {
  const { table, signalLimitMs } = platform;
  let patienceMs = 20;
  let lastNudge = performance.now();
  const everyOneStopped = async () => {
    const members = await processesOf(table, group);
    if (members.alive.every((seen) => seen.state === 'stopped')) return true;
    if (performance.now() - lastNudge > patienceMs) {
      // A process in the middle of vfork cannot stop before its child has become another program, and a stopped child
      // never does. So all run on for a moment, each time after a longer wait.
      members.send('SIGCONT');
      lastNudge = performance.now();
      patienceMs *= 2;
      await sleep(1);
    }
    members.send('SIGSTOP');
    return false;
  };
  if (await pollUntil(everyOneStopped, signalLimitMs, signal)) return;
  throw passing(`its processes did not stop within ${signalLimitMs} ms`);
}

/** Lets every process of a group run again. */
export async function continueGroup(platform: SharedState, group: ProcessTargets): Promise<void> {
  (await processesOf(platform.table, group)).send('SIGCONT');
}

/** Kills every process of a group, and resolves when none is left. */
export async function killGroup(
  platform: SharedState,
  group: ProcessTargets,
  signal?: AbortSignal,
): Promise<void> {
  const everyOneGone = async () => {
    const members = await processesOf(platform.table, group);
    members.send('SIGKILL');
    return members.alive.length === 0;
  };
  if (await pollUntil(everyOneGone, platform.signalLimitMs, signal)) return;
  throw passing(`its processes did not die within ${platform.signalLimitMs} ms`);
}

/** Kills the group of a child that was started a moment ago, and resolves when none of it is left. */
export async function killNewGroup(platform: SharedState, leader: number): Promise<void> {
  const everyOneGone = async () => {
    sendSignal(-leader, 'SIGKILL');
    return (await platform.table.all()).every((seen) => seen.group !== leader || seen.state === 'gone');
  };
  await pollUntil(everyOneGone, platform.signalLimitMs);
}
