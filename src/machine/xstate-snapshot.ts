import type { SnapshotFrom } from 'xstate';
import { IllegalRecordError, mustBeSandbox } from '../model/check-record.ts';
import { mustBeObject } from '../model/checks.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import { asSandbox, type Sandbox, type Status } from '../model/sandbox.ts';
import { sandboxMachine } from './lifecycle.ts';
import { stateOf } from './table.ts';

/** A snapshot of an actor of {@link sandboxMachine}. */
export type SandboxSnapshot = SnapshotFrom<typeof sandboxMachine>;

/**
 * Creates the XState snapshot of a record, to start an actor from. Throws `MalformedInputError` for a field of the
 * wrong type and `IllegalRecordError` for a record that breaks an invariant: XState itself would accept both.
 *
 * @example
 * const actor = createActor(sandboxMachine, { snapshot: toSnapshot(sandbox) }).start();
 */
export function toSnapshot(sandbox: Sandbox, policy: Policy = defaultPolicy): SandboxSnapshot {
  mustBeSandbox(sandbox);
  const { status: _, ...data } = asSandbox(sandbox, sandbox.status);
  return sandboxMachine.resolveState({ value: stateValueOf(sandbox), context: { ...data, policy } });
}

/**
 * Returns the record of a snapshot. Reads live and persisted snapshots, and throws as {@link toSnapshot} does for one
 * that no sandbox can have.
 *
 * @example
 * actor.subscribe((snapshot) => render(toSandbox(snapshot)));
 */
export function toSandbox(snapshot: Pick<SandboxSnapshot, 'value' | 'context'>): Sandbox {
  mustBeObject('snapshot', snapshot);
  const { value, context } = snapshot as SandboxSnapshot;
  mustBeObject('snapshot.context', context);
  const status = (typeof value === 'object' && value ? Object.keys(value)[0] : value) as Status;
  const sandbox = asSandbox(context, status);
  mustBeSandbox(sandbox);
  if (JSON.stringify(value) !== JSON.stringify(stateValueOf(sandbox))) {
    throw new IllegalRecordError(
      'status',
      'the state of the snapshot is the one that its context means',
      sandbox,
    );
  }
  return sandbox;
}

/** Returns the state value of a record: `running`, or `{ suspended: 'idle' }`. */
function stateValueOf(sandbox: Sandbox): SandboxSnapshot['value'] {
  const [parent, child] = stateOf(sandbox).split('.') as [Status, string | undefined];
  return (child === undefined ? parent : { [parent]: child }) as SandboxSnapshot['value'];
}
