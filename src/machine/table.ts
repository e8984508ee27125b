import type { Guard } from '../guards/guard.ts';
import type { EffectFor } from '../model/effects.ts';
import type { CommandName, EventType } from '../model/events.ts';
import type { Status } from '../model/sandbox.ts';
import type { Update } from './updates/update.ts';

/** The states as the statechart has them: the statuses, with `suspended` in its two halves. */
export type StateName = Exclude<Status, 'suspended'> | 'suspended.idle' | 'suspended.resuming';

/** The commands that change nothing in a state of the machine. */
export interface StateMeta {
  /** The commands whose goal already holds. */
  readonly satisfied?: readonly CommandName[];
  /** The commands whose goal is already in progress. */
  readonly joined?: readonly CommandName[];
}

/** The change of one transition out of a state, taken when its guard holds. `status` is the status after it. */
export interface Change {
  readonly guard: Guard<never> | undefined;
  readonly status: Status;
  readonly update: Update<never>;
}

/** One transition out of a state, with the platform work to start. */
export interface Candidate extends Change {
  readonly effects: readonly EffectFor[];
}

/** One state of the compiled machine. `on` is a map, because engines look up a computed name faster in it than in an object. */
interface StateRow extends StateMeta {
  readonly on: ReadonlyMap<EventType, readonly Candidate[]>;
}

/** The compiled machine. It needs no XState at run time. The first candidate whose guard holds is taken. */
export interface Table {
  readonly initial: { readonly status: Status; readonly effects: readonly EffectFor[] };
  readonly states: Readonly<Record<StateName, StateRow>>;
}

/** The part of the compiled machine that predicts commands: neither reports and timeouts, nor effects. */
export interface CommandTable {
  readonly initial: Status;
  readonly states: Readonly<Record<StateName, CommandRow>>;
}

/** One state of the table of commands. */
interface CommandRow extends StateMeta {
  readonly on: { readonly [Type in CommandName]?: readonly Change[] };
}

/** Returns the state of a record. */
export function stateOf(sandbox: { readonly status: Status; readonly operation: unknown }): StateName {
  if (sandbox.status !== 'suspended') return sandbox.status;
  return sandbox.operation === null ? 'suspended.idle' : 'suspended.resuming';
}

/** Returns the row of a record's state. A switch, because engines look up a computed name several times slower. */
export function rowOf<Row>(
  states: Readonly<Record<StateName, Row>>,
  sandbox: { readonly status: Status; readonly operation: unknown },
): Row {
  switch (sandbox.status) {
    case 'pending':
      return states.pending;
    case 'running':
      return states.running;
    case 'snapshotting':
      return states.snapshotting;
    case 'suspending':
      return states.suspending;
    case 'suspended':
      return sandbox.operation === null ? states['suspended.idle'] : states['suspended.resuming'];
    case 'terminated':
      return states.terminated;
  }
}
