import type { RefusalCode } from '../../guards/guard.ts';
import type { CommandName } from '../../model/events.ts';
import type { OperationKind } from '../../model/sandbox.ts';
import { BrokenRecordError, type BrokenRow, type HistoryRow } from '../store/store.ts';

/** The ways in which the platform can differ from a record. */
export type DriftKind =
  /** The record says running, and the platform has nothing: reported as a crash. */
  | 'missing'
  /** The record says suspended, and the platform has nothing: a resume will fail. */
  | 'lost'
  /** It exists without a record: released. */
  | 'orphan'
  /** It exists although it was released after terminate: released again. */
  | 'undead'
  /** It is paused while the record says running: continued. */
  | 'paused'
  /** It runs while the record says suspended: paused. */
  | 'running';

/** The result of one try of an operation: `retried` is followed by another try, `void` was aborted. */
export type OperationResult = 'completed' | 'failed' | 'retried' | 'void';

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
  /** The driver ended one try of an operation. */
  | {
      readonly type: 'operation';
      readonly sandboxId: string;
      readonly operation: number;
      readonly kind: OperationKind | 'release';
      readonly result: OperationResult;
      readonly durationMs: number;
    }
  /** A timeout was sent so many ms after it was due. */
  | { readonly type: 'timeout'; readonly sandboxId: string; readonly latenessMs: number }
  /** A commit was durable so many ms after the call of the store. */
  | { readonly type: 'committed'; readonly durationMs: number }
  /** The platform differed from a record. The host repairs it. */
  | { readonly type: 'drift'; readonly kind: DriftKind; readonly sandboxId: string }
  /** A row does not describe a valid sandbox, and was set aside. */
  | { readonly type: 'broken'; readonly row: BrokenRow }
  /** An error. The host retries, or an operator has to act. */
  | { readonly type: 'problem'; readonly error: unknown; readonly sandboxId: string | null };

/** An event in an API, for logs and metrics. */
export type ApiObservation =
  /** A response was sent; of a stream, its start. */
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

/** Wraps an observer. Its exceptions are ignored: from background work they would end the process. */
export function createReporting(observer: (observation: Observation) => void = () => {}): Reporting {
  return { observe, onProblem };

  function observe(observation: Observation): void {
    try {
      observer(observation);
    } catch {
      // No other observer could receive this error.
    }
  }

  function onProblem(error: unknown, sandboxId: string | null): void {
    if (error instanceof BrokenRecordError) observe({ type: 'broken', row: error.row });
    else observe({ type: 'problem', error, sandboxId });
  }
}
