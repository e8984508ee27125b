import type { Status } from '../../model/sandbox.ts';
import type { Share } from './shared.ts';

/** Selects timeouts. */
export interface TimeoutQuery {
  /**
   * Leaves out the suspended limits: the timeouts of suspended sandboxes without an operation in flight. Default: false. The
   * query must stay fast however many of them are due.
   */
  readonly withoutDiscards?: boolean | undefined;
  /** Only the sandboxes of this share. For a store with `shared`; others have one host, and no shares. */
  readonly share?: Share | undefined;
}

/** Selects rows of history, in the order of their sequence. */
export interface HistoryQuery {
  /** Only rows with a greater sequence; 0 for all. */
  readonly after: number;
  readonly limit: number;
  readonly namespace?: string;
  readonly sandboxId?: string;
  /** With `sandboxId`: only rows of a greater version. */
  readonly afterVersion?: number;
  /** Returns a {@link MissingRow} in the place of a row that cannot be read. By default such rows are left out. */
  readonly evenMissing?: boolean | undefined;
}

/** Selects a page of a list. */
export interface PageQuery {
  readonly namespace: string;
  /** The most items on a page, from 1. A page of more than 4 MiB of JSON (`mostPageBytes`) ends early. */
  readonly limit: number;
  /** The cursor of an earlier page. */
  readonly cursor?: string;
  /** `forward` reads the items after the cursor, `backward` those before it. Default: `forward`. */
  readonly direction?: 'forward' | 'backward';
}

/** Selects sandboxes: first those that have not ended, then the terminated ones, each newest first. */
export interface ListQuery extends PageQuery {
  /** Only these statuses. Default: all. */
  readonly statuses?: readonly Status[];
  /** Only sandboxes of this name. */
  readonly name?: string;
  /** Only sandboxes whose metadata has all of these keys with these values. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A page of a list, in the order of the list, with the cursors of the pages before and after it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly previousCursor: string | null;
  readonly nextCursor: string | null;
  /** Present when sandboxes that a newer release has written may be missing in the list. */
  readonly leavesOut?: true;
}
