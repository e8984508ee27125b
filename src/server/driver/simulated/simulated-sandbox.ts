import type { Found, PlatformCallKind } from '../driver.ts';
import { permanent } from '../failures.ts';

/** What is there under the id of a sandbox. `incarnation` is the operation that brought it up. */
export interface SimulatedSandbox extends Found {
  readonly incarnation: number;
}

/** One sandbox on the platform, from its boot to beyond its release: what was done is never forgotten. */
export interface PlatformSandbox {
  /** What is there, or undefined when nothing is. */
  instance: Instance | undefined;
  /** The newest operation that was carried out: those before it are over. */
  newestOperation: number;
  /** What each operation was, and how often it was really carried out. */
  readonly done: Map<number, { readonly kind: PlatformCallKind; times: number }>;
}

interface Instance {
  state: Found['state'];
  incarnation: number;
  /** The operation that brought it into this state, or null when it was none. */
  changedBy: number | null;
}

/** A sandbox of which nothing has been seen yet. */
export function newPlatformSandbox(): PlatformSandbox {
  return { instance: undefined, newestOperation: 0, done: new Map() };
}

/**
 * Whether an operation was carried out already. Throws, not to be tried again, when it is over, unless order does not
 * matter: `unordered` is how a platform forgets what it promised.
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
  throw permanent(`Operation ${operation} is over: ${sandbox.newestOperation} has been carried out since.`);
}

/** Keeps that an operation was carried out. */
export function recordDone(sandbox: PlatformSandbox, kind: PlatformCallKind, operation: number): void {
  const times = (sandbox.done.get(operation)?.times ?? 0) + 1;
  sandbox.done.set(operation, { kind, times });
  sandbox.newestOperation = Math.max(sandbox.newestOperation, operation);
}

/** What is there. Throws, not to be tried again, when nothing is. */
export function requireInstance(sandbox: PlatformSandbox): Instance {
  if (sandbox.instance) return sandbox.instance;
  throw permanent('Its machine is not there (any more).');
}

/**
 * Has what is there run or stand still, whoever asks. When it does neither yet, the operation that it was brought into its
 * state by is undone, and can be done again. Answers whether it had to change.
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
