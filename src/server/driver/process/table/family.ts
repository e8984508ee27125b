import type { ProcessInfo } from './table.ts';

/** The children of each process in one scan of the table, so that many lookups cost one pass. */
const families = new WeakMap<readonly ProcessInfo[], ReadonlyMap<number, readonly ProcessInfo[]>>();

function childrenIn(all: readonly ProcessInfo[]): ReadonlyMap<number, readonly ProcessInfo[]> {
  const known = families.get(all);
  if (known) return known;
  const children = new Map<number, ProcessInfo[]>();
  for (const info of all) {
    const siblings = children.get(info.parent);
    if (siblings) siblings.push(info);
    else children.set(info.parent, [info]);
  }
  families.set(all, children);
  return children;
}

/** The processes that these have started, and those that these have started, without the given ones. */
export function descendantsOf(
  ancestors: readonly ProcessInfo[],
  all: readonly ProcessInfo[],
): readonly ProcessInfo[] {
  const children = childrenIn(all);
  const seen = new Set(ancestors.map(({ pid }) => pid));
  const waiting = [...ancestors];
  const found: ProcessInfo[] = [];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    for (const child of children.get(one.pid) ?? []) {
      if (seen.has(child.pid)) continue;
      seen.add(child.pid);
      found.push(child);
      waiting.push(child);
    }
  }
  return found;
}

/**
 * Whether a process has lost its parent, has no terminal and has a session of its own, as a daemon does. Such a process
 * belongs to the first process of the system, or to an ancestor of this server that adopts lost children. A program that a
 * user starts in the same folder has a parent, and is in its session.
 */
export function isDetached(info: ProcessInfo, all: readonly ProcessInfo[]): boolean {
  if (info.hasTerminal) return false;
  const ancestor = ancestorsOfServer(all).get(info.parent);
  return info.parent === 1 || (ancestor !== undefined && ancestor.session !== info.session);
}

const serverAncestors = new WeakMap<readonly ProcessInfo[], ReadonlyMap<number, ProcessInfo>>();

function ancestorsOfServer(all: readonly ProcessInfo[]): ReadonlyMap<number, ProcessInfo> {
  const known = serverAncestors.get(all);
  if (known) return known;
  const processes = new Map(all.map((info) => [info.pid, info]));
  const ancestors = new Map<number, ProcessInfo>();
  const parentOf = (pid: number) => processes.get(processes.get(pid)?.parent ?? 0);
  for (let one = parentOf(process.pid); one && !ancestors.has(one.pid); one = parentOf(one.pid))
    ancestors.set(one.pid, one);
  serverAncestors.set(all, ancestors);
  return ancestors;
}
