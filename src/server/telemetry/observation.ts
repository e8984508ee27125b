import type { RefusalCode } from '../../guards/guard.ts';
import type { CommandName } from '../../model/events.ts';
import type { OperationKind } from '../../model/sandbox.ts';
import { BrokenRecordError, type BrokenRow, type HistoryRow } from '../store/store.ts';

/** How what the platform has can differ from what the records say. */
export type DriftKind =
  /** The record says running, and there is nothing: reported as a crash. */
  | 'gone'
  /** The record says suspended, and there is nothing: a resume will fail. */
  | 'lost'
  /** It is there without a record: released. */
  | 'orphan'
  /** It is there although it was released after terminate: released again. */
  | 'undead'
  /** It is paused while the record says running: continued. */
  | 'paused'
  /** It runs while the record says suspended: paused. */
  | 'running';

/** How an operation ended: `retried` is one try that will be followed by another, `void` one that was called off. */
export type OperationResult = 'completed' | 'failed' | 'retried' | 'void';

/** What a host has done or seen: for logs and metrics. Durations are in ms. */
export type Observation =
  /** An event was applied, and is on the disk. */
  | { readonly type: 'applied'; readonly row: HistoryRow }
  /** A command was refused. */
  | {
      readonly type: 'refused';
      readonly namespace: string;
      readonly sandboxId: string;
      readonly command: CommandName;
      readonly code: RefusalCode;
    }
  /** The driver ended one try at an operation. */
  | {
      readonly type: 'operation';
      readonly sandboxId: string;
      readonly operation: number;
      readonly kind: OperationKind | 'release';
      readonly result: OperationResult;
      readonly durationMs: number;
    }
  /** A timeout was sent, so long after it was due. */
  | { readonly type: 'timeout'; readonly sandboxId: string; readonly latenessMs: number }
  /** A commit took so long, from when it was asked for until it was on the disk. */
  | { readonly type: 'committed'; readonly durationMs: number }
  /** The platform was not as the records say, and is being put right. */
  | { readonly type: 'drift'; readonly kind: DriftKind; readonly sandboxId: string }
  /** A row was found that no sandbox can be in, and was set aside. */
  | { readonly type: 'broken'; readonly row: BrokenRow }
  /** Something went wrong and will be tried again, or a person has to see to it. */
  | { readonly type: 'problem'; readonly error: unknown; readonly sandboxId: string | null };

/** What an API has done or seen: for logs and metrics. */
export type ApiObservation =
  /** A request was answered; a stream, when it began. */
  | {
      readonly type: 'request';
      readonly method: string;
      /** The route, with its parameters unfilled, as `/sandboxes/{id}`; null when there was none. */
      readonly route: string | null;
      readonly status: number;
      readonly durationMs: number;
      readonly requestId: string;
      /** Null for what is of no namespace, and for who was not let in. */
      readonly namespace: string | null;
    }
  /** So many streams of events are open now. */
  | { readonly type: 'streams'; readonly open: number }
  /** An error that is no fault of the request. It was answered with 500 and no detail. */
  | {
      readonly type: 'problem';
      readonly error: unknown;
      readonly sandboxId: null;
      readonly requestId: string;
    };

/** Tells an observer what a host has done and seen. */
export interface Reporting {
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** An observer that cannot harm: what it throws would otherwise end the process from the background. */
export function createReporting(observer: (observation: Observation) => void = () => {}): Reporting {
  return { observe, onProblem };

  function observe(observation: Observation): void {
    try {
      observer(observation);
    } catch {
      // There is nobody left to tell.
    }
  }

  function onProblem(error: unknown, sandboxId: string | null): void {
    if (error instanceof BrokenRecordError) observe({ type: 'broken', row: error.row });
    else observe({ type: 'problem', error, sandboxId });
  }
}
