import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import type { BootJob, ResumeJob } from '../../../../../src/server/driver/driver.ts';

/** Creates folders inside each other, as deep as a program can that enters each one. */
export function makeDeepFolders(folder: string, levels: number, name = 'd'): void {
  const [inner, outer] = [`${folder}-inner`, `${folder}-outer`];
  mkdirSync(inner);
  for (let level = 1; level < levels; level++) {
    mkdirSync(outer);
    renameSync(inner, join(outer, name));
    renameSync(outer, inner);
  }
  mkdirSync(folder, { recursive: true });
  renameSync(inner, join(folder, name));
}

/** Does something as a user who is not root: as the current one, or as the user 65534 when that is root. */
export async function asOrdinaryUser<T>(act: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return act();
  process.setegid?.(65534);
  process.seteuid?.(65534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** The number of open descriptors of this process. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The job of an operation on a sandbox. */
export function job(sandboxId: string, operation: number): ResumeJob {
  const { signal } = new AbortController();
  const deadline = Date.now() + 60_000;
  return { sandboxId, operation, deadline, signal, configuration: defaultConfiguration, generation: 1 };
}

/** A boot as operation 1. The entrypoint is a script for `sh`. */
export function bootJob(script: string, more: Partial<BootJob> = {}): BootJob {
  const configuration = { ...defaultConfiguration, entrypoint: ['sh', '-c', script] };
  const rest = { snapshotId: null, snapshotType: null, owner: null, progress: () => {} };
  return { ...job('a', 1), configuration, ...rest, ...more };
}
