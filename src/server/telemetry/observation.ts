import type { RefusalCode } from '../../guards/guard.ts';
import type { CommandName } from '../../model/events.ts';
import type { OperationKind } from '../../model/sandbox.ts';
import { BrokenRecordError } from '../store/errors.ts';
import type { HistoryRow } from '../store/records.ts';
import type { BrokenRow } from '../store/store.ts';

/** The kinds of difference between the platform and a record. */
export type DriftKind =
  /** The record says running, but the sandbox has exited or is proven absent. The host commits its end. */
  | 'missing'
  /** The record says suspended, but the sandbox has exited or is proven absent. The host commits that it is lost. */
  | 'lost'
  /** The sandbox exists without a record. Reported once. The host releases it after a grace. */
  | 'orphan'
  /** The sandbox exists although it was released after terminate. The host releases it again. */
  | 'undead'
  /** The sandbox is paused although the record says running. The host continues it. */
  | 'paused'
  /** The sandbox runs although the record says suspended. The host pauses it. */
  | 'running';

/** The result of one attempt of an operation: `retried` is followed by another attempt, `void` was aborted. */
export type AttemptResult = 'completed' | 'failed' | 'retried' | 'void';

/** An event in a host, for logs and metrics. Durations are in ms. */
export type Observation =
  /** An event was applied, and its commit is durable. */
  | { readonly type: 'applied'; readonly row: HistoryRow }
  /** A command was refused. */
  | {
      readonly type: 'refused';
      readonly namespace: string;
      readonly sandboxId: string;
      readonly command: CommandName;
      readonly code: RefusalCode;
    }
  /** The driver ended one attempt of an operation. */
  | {
      readonly type: 'operation';
      readonly sandboxId: string;
      readonly operation: number;
      readonly kind: OperationKind | 'release';
      readonly result: AttemptResult;
      readonly durationMs: number;
    }
  /** A timeout was sent `latenessMs` after it was due. */
  | { readonly type: 'timeout'; readonly sandboxId: string; readonly latenessMs: number }
  /** A commit was durable `durationMs` after the call of the store. */
  | { readonly type: 'committed'; readonly durationMs: number }
  /** The platform differed from a record. The host repairs it. */
  | { readonly type: 'drift'; readonly kind: DriftKind; readonly sandboxId: string }
  /**
   * The number of sandboxes that are absent from the platform and wait for an operator has changed, or other sandboxes wait.
   * They are more than the host ends by itself.
   */
  | { readonly type: 'absences'; readonly count: number }
  /**
   * The release of a terminated sandbox has failed many times, and is now attempted rarely, or such a release has succeeded.
   * `count` is the number of stuck releases after that.
   */
  | {
      readonly type: 'stuckRelease';
      readonly sandboxId: string;
      readonly isStuck: true;
      readonly attempts: number;
      /** Why the last attempt failed. */
      readonly error: unknown;
      readonly count: number;
    }
  | {
      readonly type: 'stuckRelease';
      readonly sandboxId: string;
      readonly isStuck: false;
      readonly count: number;
    }
  /** This host has taken over the work of a sandbox that no living host held. Only on a store that several hosts share. */
  | { readonly type: 'takeover'; readonly host: string; readonly sandboxId: string }
  /**
   * This host could not renew its life in time, and has stopped its work on the `held` sandboxes (`isLost`), or it is alive again. Only on
   * a store that several hosts share.
   */
  | { readonly type: 'lease'; readonly host: string; readonly isLost: boolean; readonly held: number }
  /** Retention has archived or deleted something since the last such observation. */
  | {
      readonly type: 'retention';
      readonly archivedSandboxes: number;
      /** Rows of deleted sandboxes and of their history, and the marks with which a deletion begins. */
      readonly deletedRows: number;
      readonly deletedSnapshots: number;
      /** Events that were cut from the histories of living sandboxes. */
      readonly cutEvents: number;
    }
  /** The store set aside a row that does not describe a valid sandbox. */
  | { readonly type: 'broken'; readonly row: BrokenRow }
  /** An error. The host retries, or an operator has to act. */
  | { readonly type: 'problem'; readonly error: unknown; readonly sandboxId: string | null };

/** An event in an API, for logs and metrics. */
export type ApiObservation =
  /** The API sent a response; of a stream, its start. */
  | {
      readonly type: 'request';
      readonly method: string;
      /** The route with its parameters, such as `/sandboxes/{id}`; null when none matched. */
      readonly route: string | null;
      readonly status: number;
      readonly durationMs: number;
      readonly requestId: string;
      /** Null for a route without a namespace, and for a request without access. */
      readonly namespace: string | null;
    }
  /** The number of open event streams has changed. */
  | { readonly type: 'streams'; readonly open: number }
  /** The tokens were replaced. `revoked` is the number of those that do not give access any more. */
  | { readonly type: 'tokens'; readonly tokens: number; readonly revoked: number }
  /** An error that the request did not cause. The response was 500 without details. */
  | {
      readonly type: 'problem';
      readonly error: unknown;
      readonly sandboxId: null;
      readonly requestId: string;
    };

/** Reports to the observer of a host. */
export interface Reporting {
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/**
 * Wraps an observer. Ignores its exceptions and rejections, which would end the process or fail a request: there is not another
 * observer that could receive them.
 */
export function harmless<Observed>(observer: (observed: Observed) => unknown): (observed: Observed) => void {
  return (observed) => {
    try {
      // An observer may be an async function, although its result is not used.
      Promise.resolve(observer(observed)).catch(() => {});
    } catch {}
  };
}

/** Creates the reports to an observer, which cannot do harm. */
export function createReporting(observer: (observation: Observation) => unknown = () => {}): Reporting {
  const observe = harmless(observer);
  return { observe, onProblem };

  function onProblem(error: unknown, sandboxId: string | null): void {
    if (error instanceof BrokenRecordError) observe({ type: 'broken', row: error.row });
    else observe({ type: 'problem', error, sandboxId });
  }
}
