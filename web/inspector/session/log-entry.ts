import type { Why } from '../../../src/inspect/protocol/messages.ts';
import type { Moment } from './state-at.ts';

/** What became of an event. */
export type Kind =
  | 'seen'
  | 'sent'
  | 'applied'
  | 'unchanged'
  | 'predicted'
  | 'confirmed'
  | 'refused'
  | 'taken back'
  | 'stale';

/** One line of the log. */
export interface Entry {
  readonly sandbox: string;
  readonly isPrediction: boolean;
  /** Epoch ms. */
  readonly at: number;
  readonly event: string;
  kind: Kind;
  before?: Moment | undefined;
  after?: Moment | undefined;
  /** What a client has shown since. */
  shown?: Moment;
  reason?: Why;
  latencyMs?: number;
}
