import { mustBeSandbox } from '../../model/check-record.ts';
import { MalformedInputError, mustBeObject } from '../../model/checks.ts';
import { statuses } from '../../model/sandbox.ts';
import type { ServerUpdate } from './server-update.ts';

/** The records that passed the check. A record is immutable, so one check is enough. */
const checked = new WeakSet<object>();

/** Returns the error of the first record of an update that no sandbox can have, as one sentence; else undefined. */
export function problemOf({
  sandboxes,
  changes = [],
}: Pick<ServerUpdate, 'sandboxes' | 'changes'>): string | undefined {
  try {
    for (const sandbox of sandboxes) check(sandbox);
    for (const { sandbox } of changes) check(sandbox);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Throws unless the record is legal. A newer server may have a status that this client does not know. */
function check(sandbox: unknown): void {
  mustBeObject('sandbox', sandbox);
  if (checked.has(sandbox)) return;
  const { status } = sandbox;
  if (typeof status !== 'string') throw new MalformedInputError('sandbox.status', 'a string', status);
  try {
    const isKnown = (statuses as readonly string[]).includes(status);
    mustBeSandbox(isKnown ? sandbox : { ...sandbox, status: 'running' });
  } catch (error) {
    // The invariants of an unknown status are not known, but the types of the fields are.
    if (error instanceof MalformedInputError || (statuses as readonly string[]).includes(status)) throw error;
  }
  checked.add(sandbox);
}
