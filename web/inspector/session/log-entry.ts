import type { Why } from '../../../src/inspect/protocol/messages.ts';
import type { StateAt } from './state-at.ts';

/** The result of an event. */
export type Kind =
  | 'seen'
  | 'sent'
  | 'applied'
  | 'unchanged'
  | 'predicted'
  | 'confirmed'
  | 'refused'
  | 'rolled back'
  | 'stale';

/** One line of the log. */
export interface LogEntry {
  readonly sandbox: string;
  readonly isPrediction: boolean;
  /** Epoch ms. */
  readonly at: number;
  readonly event: string;
  kind: Kind;
  before?: StateAt | undefined;
  after?: StateAt | undefined;
  /** The state that a client has predicted since. */
  shown?: StateAt;
  reason?: Why;
  latencyMs?: number;
}
