import type { Found, PlatformCallKind } from '../driver.ts';
import { permanent } from '../failures.ts';

/** What is there under the id of a sandbox. `incarnation` is the operation that brought it up. */
export interface SimulatedSandbox extends Found {
  readonly incarnation: number;
}

/** One sandbox on the platform, from its boot to beyond its release: what was done is never forgotten. */
export interface Life {
  /** What is there, or undefined when nothing is. */
  machine: Machine | undefined;
  /** The newest operation that was carried out: those before it are over. */
  newest: number;
  /** What each operation was, and how often it was really carried out. */
  readonly done: Map<number, { readonly kind: PlatformCallKind; times: number }>;
}

interface Machine {
  state: Found['state'];
  incarnation: number;
  /** The operation that brought it into this state, or null when it was none. */
  changedBy: number | null;
}

/** A sandbox of which nothing has been seen yet. */
export function newLife(): Life {
  return { machine: undefined, newest: 0, done: new Map() };
}

/**
 * Whether an operation was carried out already. Throws, not to be tried again, when it is over, unless order does not
 * matter: `unordered` is how a platform forgets what it promised.
 */
export function isDone(life: Life, kind: PlatformCallKind, operation: number, unordered: boolean): boolean {
  const before = life.done.get(operation);
  if (before && before.kind !== kind)
    throw permanent(`Operation ${operation} was a ${before.kind}, not a ${kind}.`);
  if (before && before.times > 0 && (unordered || operation === life.newest)) return true;
  if (operation >= life.newest || unordered) return false;
  throw permanent(`Operation ${operation} is over: ${life.newest} has been carried out since.`);
}

/** Keeps that an operation was carried out. */
export function keepDone(life: Life, kind: PlatformCallKind, operation: number): void {
  const times = (life.done.get(operation)?.times ?? 0) + 1;
  life.done.set(operation, { kind, times });
  life.newest = Math.max(life.newest, operation);
}

/** What is there. Throws, not to be tried again, when nothing is. */
export function mustBeThere(life: Life): Machine {
  if (life.machine) return life.machine;
  throw permanent('Its machine is not there (any more).');
}

/**
 * Has what is there run or stand still, whoever asks. When it does neither yet, the operation that it was brought into its
 * state by is undone, and can be done again. Answers whether it had to change.
 */
export function makeItSo(machine: Machine, life: Life, incarnation: number | null): boolean {
  const state = incarnation === null ? 'paused' : 'running';
  machine.incarnation = incarnation ?? machine.incarnation;
  life.newest = Math.max(life.newest, machine.incarnation);
  if (machine.state === state) return false;
  machine.state = state;
  const undone = machine.changedBy;
  machine.changedBy = null;
  if (undone !== null) life.done.delete(undone);
  return true;
}
