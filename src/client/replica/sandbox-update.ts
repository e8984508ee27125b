import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import type { SandboxUpdate } from './state.ts';

/** What was told, sandbox by sandbox: the newest record of each, and its steps. */
export function groupBySandbox(
  { sandboxes, changes = [] }: ServerUpdate,
  requestedAt: number,
): SandboxUpdate[] {
  const newest = new Map<string, Sandbox>();
  for (const sandbox of [...changes.map((change) => change.sandbox), ...sandboxes]) {
    const known = newest.get(sandbox.id);
    if (!known || known.version <= sandbox.version) newest.set(sandbox.id, sandbox);
  }
  return [...newest.values()].map((sandbox) => ({
    sandbox,
    changes: changes.filter((change) => change.sandbox.id === sandbox.id),
    requestedAt,
  }));
}
