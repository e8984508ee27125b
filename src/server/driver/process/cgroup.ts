import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The groups (cgroup v2) of sandboxes. A process cannot leave its group by a new session or by losing its parent. */
export interface Cgroups {
  /** Creates a group, and returns its folder; an empty text where the server cannot create groups. */
  create(name: string): string;
  /** Removes a group when it is empty. */
  remove(name: string): void;
}

/** The name of the group of a sandbox below the group of the server, unique on the machine. */
export function cgroupName(root: string, id: string): string {
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return `/sandbox-lifecycle-${hash}/${id}`;
}

/**
 * Creates the groups of sandboxes in `parent`, a folder of cgroup v2 in which the server may create groups. Null disables
 * groups.
 */
export function createCgroups(parent: string | null): Cgroups {
  return {
    create(name) {
      if (parent === null) return '';
      try {
        const folder = join(parent, name);
        mkdirSync(folder, { recursive: true });
        accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
        return folder;
      } catch {
        // A sandbox runs without a group, too. Then its processes are found in other ways.
        return '';
      }
    },
    remove(name) {
      if (parent === null) return;
      for (const folder of [join(parent, name), dirname(join(parent, name))]) {
        try {
          rmdirSync(folder);
        } catch {
          // It is missing, or contains other groups.
          return;
        }
      }
    },
  };
}

/**
 * The folder of the server's own group; null where the system lacks cgroup v2, where the user may not create groups, and for
 * the root of all groups, which is never delegated.
 */
export function ownCgroup(
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): string | null {
  try {
    const [, path] = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup')) ?? [];
    const [, mountRoot, mount] =
      /^\d+ \d+ \S+ (\S+) (\S+) .* - cgroup2 /m.exec(read('/proc/self/mountinfo')) ?? [];
    if (path === undefined || mount === undefined || mountRoot === undefined) return null;
    const folder = join(mount, mountRoot === '/' ? path : path.replace(mountRoot, ''));
    // Every group but the root has a type.
    read(join(folder, 'cgroup.type'));
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return folder;
  } catch {
    return null;
  }
}

/** Whether the path of a process's group is a group of this name, or is in it. */
export function isInCgroup(path: string | undefined, name: string): boolean {
  return path !== undefined && `${path}/`.includes(`${name}/`);
}
