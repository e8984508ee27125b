import { join, resolve } from 'node:path';
import { permanent } from '../failures.ts';
import { namesIn } from './folders.ts';

/** Where everything lies. Each function refuses an id that could lead out of the folder. */
export interface Paths {
  /** The folder of one sandbox. */
  sandbox(id: string): string;
  /** The sandbox's own files: where its process starts, and what a snapshot copies. */
  files(id: string): string;
  /** What the process writes to its standard output and error. */
  output(id: string): string;
  /** Names the process that an operation started. Its presence means that the operation was carried out. */
  processFile(id: string, operation: number): string;
  /** A snapshot that is being copied: inside the sandbox, so that a release also clears a copy cut short. */
  unfinishedSnapshot(id: string, snapshotId: string): string;
  snapshot(snapshotId: string): string;
  /** Where a sandbox's folder goes, in one step, before it is taken apart. */
  releasedSandbox(id: string): string;
  /** Where a snapshot's folder goes, in one step, before it is taken apart. */
  releasedSnapshot(snapshotId: string): string;
  /** The folders that hold the others. */
  readonly parents: readonly string[];
  /** The sandboxes that have a folder, also one that a release has not taken apart yet. */
  sandboxIds(): Promise<readonly string[]>;
}

/** The layout of a process driver's folder. */
export function createPaths(directory: string): Paths {
  // Absolute from the start: what is found by these must not change when the server changes its working directory.
  const root = resolve(directory);
  const inSandbox = (id: string, name: string) => join(root, 'sandboxes', safe('sandbox', id), name);
  return {
    sandbox: (id) => inSandbox(id, ''),
    files: (id) => inSandbox(id, 'files'),
    output: (id) => inSandbox(id, 'output.log'),
    processFile: (id, operation) => inSandbox(id, `process-${safeOperation(operation)}`),
    unfinishedSnapshot: (id, snapshotId) => inSandbox(id, `snapshot-${safe('snapshot', snapshotId)}`),
    snapshot: (snapshotId) => join(root, 'snapshots', safe('snapshot', snapshotId)),
    releasedSandbox: (id) => join(root, 'released', `sandbox-${safe('sandbox', id)}`),
    releasedSnapshot: (snapshotId) => join(root, 'released', `snapshot-${safe('snapshot', snapshotId)}`),
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

function safe(what: string, id: string): string {
  if (isSafe(id)) return id;
  throw permanent(
    `A ${what} id is 1 to 128 digits and small letters, but this one is ${JSON.stringify(id)}.`,
  );
}

/** Whether an id can lead nowhere else, and so may be one of ours. */
export function isSafe(id: unknown): boolean {
  return typeof id === 'string' && /^[0-9a-z]{1,128}$/.test(id);
}

function safeOperation(operation: number): number {
  if (Number.isSafeInteger(operation) && operation >= 0) return operation;
  throw permanent(`An operation id is a whole number, 0 or more, but this one is ${operation}.`);
}
