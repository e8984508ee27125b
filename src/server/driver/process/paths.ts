import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { permanent } from '../failures.ts';
import { cgroupName } from './cgroup.ts';
import { hasCode } from './failures.ts';
import { namesIn } from './folders.ts';

/** The paths of a process driver. Each function rejects an id that could lead out of the folder. */
export interface Paths {
  /** The folder of one sandbox. */
  sandbox(id: string): string;
  /** The sandbox's files. Its process starts here, and a snapshot copies this folder. */
  files(id: string): string;
  /** The folders in which only processes of the sandbox work, without links. */
  workplaces(id: string): readonly string[];
  /** The name of the sandbox's control group. */
  cgroup(id: string): string;
  /** The log of the process's standard output and error. */
  output(id: string): string;
  /** Names the process that an operation started. Its presence means that the operation was carried out. */
  processFile(id: string, operation: number): string;
  /** A snapshot that is being copied. Inside the sandbox, so that a release also removes an interrupted copy. */
  unfinishedSnapshot(id: string, snapshotId: string): string;
  snapshot(snapshotId: string): string;
  /** The place to which a release moves a sandbox's folder atomically, before it removes the folder. */
  releasedSandbox(id: string): string;
  /** The place to which a deletion moves a snapshot's folder atomically, before it removes the folder. */
  releasedSnapshot(snapshotId: string): string;
  /** The folders that deletions of snapshots have not removed yet. */
  releasedSnapshots(): Promise<readonly string[]>;
  /** The parent of the folders of released sandboxes without a record. They are kept for a while. */
  readonly setAside: string;
  /** A new place in that folder. Its name contains the instant, in epoch ms. */
  setAsideSandbox(id: string, at: number): string;
  /** Names the owner of everything in the folder. */
  readonly ownerFile: string;
  /** The parent folders of all others. */
  readonly parents: readonly string[];
  /** The sandboxes with a folder, including folders that an interrupted release has not removed yet. */
  sandboxIds(): Promise<readonly string[]>;
}

/** Creates the paths below a process driver's folder. */
export function createPaths(directory: string): Paths {
  // Absolute, so that the paths stay the same when the server changes its working directory.
  const root = resolve(directory);
  const inSandbox = (id: string, name: string) => join(root, 'sandboxes', safe('sandbox', id), name);
  return {
    sandbox: (id) => inSandbox(id, ''),
    files: (id) => inSandbox(id, 'files'),
    workplaces(id) {
      const real = realPathOf(root);
      const name = safe('sandbox', id);
      return [join(real, 'sandboxes', name), join(real, 'released', `sandbox-${name}`)];
    },
    cgroup: (id) => cgroupName(root, safe('sandbox', id)),
    output: (id) => inSandbox(id, 'output.log'),
    processFile: (id, operation) => inSandbox(id, `process-${safeOperation(operation)}`),
    unfinishedSnapshot: (id, snapshotId) => inSandbox(id, `snapshot-${safe('snapshot', snapshotId)}`),
    snapshot: (snapshotId) => join(root, 'snapshots', safe('snapshot', snapshotId)),
    releasedSandbox: (id) => join(root, 'released', `sandbox-${safe('sandbox', id)}`),
    releasedSnapshot: (snapshotId) => join(root, 'released', `snapshot-${safe('snapshot', snapshotId)}`),
    async releasedSnapshots() {
      const names = (await namesIn(join(root, 'released'))).filter((name) => name.startsWith('snapshot-'));
      return names.map((name) => join(root, 'released', name));
    },
    setAside: join(root, 'set-aside'),
    setAsideSandbox: (id, at) =>
      join(root, 'set-aside', `${safe('sandbox', id)}-${at}-${randomUUID().slice(0, 8)}`),
    ownerFile: join(root, 'owner'),
    parents: ['sandboxes', 'snapshots', 'released'].map((name) => join(root, name)),
    async sandboxIds() {
      const released = (await namesIn(join(root, 'released'))).filter((name) => name.startsWith('sandbox-'));
      const ids = [
        ...(await namesIn(join(root, 'sandboxes'))),
        ...released.map((name) => name.replace('sandbox-', '')),
      ];
      return ids.filter(isSafe);
    },
  };
}

/** A path without links; the path itself when it does not exist. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return path;
    throw error;
  }
}

function safe(what: string, id: string): string {
  if (isSafe(id)) return id;
  throw permanent(
    `A ${what} id consists of 1 to 128 digits and lowercase letters, but this one is ${JSON.stringify(id)}.`,
  );
}

/** Whether an id cannot lead out of the folder. */
export function isSafe(id: unknown): boolean {
  return typeof id === 'string' && /^[0-9a-z]{1,128}$/.test(id);
}

function safeOperation(operation: number): number {
  if (Number.isSafeInteger(operation) && operation >= 0) return operation;
  throw permanent(`An operation id is a whole number, 0 or more, but this one is ${operation}.`);
}
