import type { SnapshotFrom } from 'xstate';
import { IllegalRecordError, mustBeSandbox } from '../model/check-record.ts';
import { mustBeObject } from '../model/checks.ts';
import { defaultPolicy, mustBePolicy, type Policy } from '../model/policy.ts';
import { asSandbox, type Sandbox, type Status } from '../model/sandbox.ts';
import type { SandboxContext } from './implementations.ts';
import { lifecycle } from './lifecycle.ts';
import { stateOf } from './table.ts';

/** A snapshot of an actor of `sandboxMachine`. */
export type SandboxSnapshot = SnapshotFrom<typeof lifecycle>;

/**
 * Creates the XState snapshot of a record, to start an actor from. Throws `MalformedInputError` for a field of the
 * wrong type, of the record or the policy, and `IllegalRecordError` for a record that breaks an invariant.
 *
 * @example
 * const actor = createActor(sandboxMachine, { snapshot: toSnapshot(sandbox) }).start();
 */
export function toSnapshot(sandbox: Sandbox, policy: Policy = defaultPolicy): SandboxSnapshot {
  mustBeSandbox(sandbox);
  mustBePolicy(policy);
  return lifecycle.resolveState({ value: stateValueOf(sandbox), context: toContext(sandbox, policy) });
}

/** Returns the context of an actor that has this record. */
export function toContext(sandbox: Sandbox, policy: Policy): SandboxContext {
  const { status: _, ...data } = asSandbox(sandbox, sandbox.status);
  return { ...data, policy, rejected: null };
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
export function stateValueOf(sandbox: Sandbox): SandboxSnapshot['value'] {
  const [parent, child] = stateOf(sandbox).split('.') as [Status, string | undefined];
  return (child === undefined ? parent : { [parent]: child }) as SandboxSnapshot['value'];
}
