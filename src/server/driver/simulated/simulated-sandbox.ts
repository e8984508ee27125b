import type { Exit, Found, Inspection, PlatformCallKind } from '../driver.ts';
import { permanent, stale } from '../failures.ts';

/** A sandbox that exists on the platform. `incarnation` is the operation that started it. */
export interface SimulatedSandbox extends Found {
  readonly incarnation: number;
  /** The generation of the configuration that it has. */
  readonly generation: number;
  /** When it booted, in epoch ms; 0 when the boot did not say. */
  readonly bootedAt: number;
}

/** One sandbox id on the platform. Keeps its operations, even after the release. */
export interface PlatformSandbox {
  /** The running or paused sandbox, or undefined without one. */
  instance: Instance | undefined;
  /** How the last instance ended by itself. Undefined when it was released, or disappeared without a trace. */
  ended: Ending | undefined;
  /** The newest operation that was carried out. Older ones are stale. */
  newestOperation: number;
  /** The kind of each operation, and how often it took effect. */
  readonly done: Map<number, { readonly kind: PlatformCallKind; times: number }>;
}

/** The end of an instance. An exit code means that its program ended by itself. */
export type Ending = Pick<Exit, 'incarnation' | 'reason' | 'exitCode'>;

/** How to end an instance. */
export interface EndOptions {
  readonly reason?: string;
  /** The exit code of its program, when it ends by itself. */
  readonly exitCode?: number;
  /** Without a report and without a trace. */
  readonly silent?: boolean;
}

interface Instance {
  state: Found['state'];
  /** The owner that its boot named, if any. */
  readonly owner: string | undefined;
  /** When it booted, in epoch ms. */
  readonly bootedAt: number;
  incarnation: number;
  generation: number;
  /** The operation that led to this state, or null when an adoption did. */
  changedBy: number | null;
}

/** Creates a sandbox without operations. */
export function newPlatformSandbox(): PlatformSandbox {
  return { instance: undefined, ended: undefined, newestOperation: 0, done: new Map() };
}

/**
 * Whether an operation was already carried out. Throws when it is stale. `unordered` skips that
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
  throw stale(operation, sandbox.newestOperation);
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

/** Ends an instance from outside. Keeps how it ended, unless it ends without a trace. Returns undefined without an instance. */
export function endInstance(
  sandbox: PlatformSandbox | undefined,
  { exitCode, silent = false, ...options }: EndOptions,
): Ending | undefined {
  if (!sandbox?.instance) return undefined;
  const { incarnation } = sandbox.instance;
  const { reason = exitCode === undefined ? 'its machine died' : `exited with code ${exitCode}` } = options;
  const ending = { incarnation, reason, exitCode: exitCode ?? null };
  sandbox.instance = undefined;
  sandbox.ended = silent ? undefined : ending;
  return ending;
}

/** Describes a sandbox as an inspection does. */
export function inspectionOf({ instance, ended }: Partial<PlatformSandbox> = {}): Inspection {
  if (instance) return { state: instance.state };
  if (!ended) return { state: 'absent' };
  return { state: 'exited', exitCode: ended.exitCode, reason: ended.reason };
}
