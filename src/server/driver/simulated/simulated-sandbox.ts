import type { Found, PlatformCallKind } from '../driver.ts';
import { permanent } from '../failures.ts';

/** A sandbox that exists on the platform. `incarnation` is the operation that started it. */
export interface SimulatedSandbox extends Found {
  readonly incarnation: number;
  /** The generation of the configuration that it has. */
  readonly generation: number;
}

/** One sandbox id on the platform. Keeps its operations, even after the release. */
export interface PlatformSandbox {
  /** The running or paused sandbox, or undefined without one. */
  instance: Instance | undefined;
  /** The newest operation that was carried out. Older ones are stale. */
  newestOperation: number;
  /** The kind of each operation, and how often it took effect. */
  readonly done: Map<number, { readonly kind: PlatformCallKind; times: number }>;
}

interface Instance {
  state: Found['state'];
  incarnation: number;
  generation: number;
  /** The operation that led to this state, or null when an adoption did. */
  changedBy: number | null;
}

/** Creates a sandbox without operations. */
export function newPlatformSandbox(): PlatformSandbox {
  return { instance: undefined, newestOperation: 0, done: new Map() };
}

/**
 * Whether an operation was already carried out. Throws a permanent error when it is stale. `unordered` skips that
 * check, as a faulty platform does.
 */
export function isDone(
  sandbox: PlatformSandbox,
  kind: PlatformCallKind,
  operation: number,
  unordered: boolean,
): boolean {
  const before = sandbox.done.get(operation);
  if (before && before.kind !== kind)
    throw permanent(`Operation ${operation} was a ${before.kind}, not a ${kind}.`);
  if (before && before.times > 0 && (unordered || operation === sandbox.newestOperation)) return true;
  if (operation >= sandbox.newestOperation || unordered) return false;
  throw permanent(
    `Operation ${operation} is stale: operation ${sandbox.newestOperation} has been carried out since.`,
  );
}

/** Records that an operation was carried out. */
export function recordDone(sandbox: PlatformSandbox, kind: PlatformCallKind, operation: number): void {
  const times = (sandbox.done.get(operation)?.times ?? 0) + 1;
  sandbox.done.set(operation, { kind, times });
  sandbox.newestOperation = Math.max(sandbox.newestOperation, operation);
}

/** Returns the instance. Throws a permanent error without one. */
export function requireInstance(sandbox: PlatformSandbox): Instance {
  if (sandbox.instance) return sandbox.instance;
  throw permanent('Its machine does not exist or has exited.');
}

/**
 * Makes an instance run or pause. A change of state undoes the operation that led to the old state, so that this
 * operation can take effect again. Returns whether the state changed.
 */
export function setState(instance: Instance, sandbox: PlatformSandbox, incarnation: number | null): boolean {
  const state = incarnation === null ? 'paused' : 'running';
  instance.incarnation = incarnation ?? instance.incarnation;
  sandbox.newestOperation = Math.max(sandbox.newestOperation, instance.incarnation);
  if (instance.state === state) return false;
  instance.state = state;
  const undone = instance.changedBy;
  instance.changedBy = null;
  if (undone !== null) sandbox.done.delete(undone);
  return true;
}
