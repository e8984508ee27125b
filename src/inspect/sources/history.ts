import { mustBeSandbox } from '../../model/check-record.ts';
import { mustBeObject } from '../../model/checks.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Step } from './confirmed.ts';

/** A line of a host's history: a `HistoryRow` of a store, or a `change` of the API. */
export type HistoryLine =
  | { readonly event: object; readonly at: number; readonly sandbox: Sandbox }
  | { readonly event: object; readonly at: number; readonly lifecycle: Sandbox };

/** Reads a step from a line of a history. Throws `MalformedInputError` or `IllegalRecordError` for an invalid line. */
export function stepOf(line: unknown): Step {
  mustBeObject('line', line);
  const sandbox: unknown = line['lifecycle'] ?? line['sandbox'];
  mustBeSandbox(sandbox);
  const { event } = line;
  mustBeObject('line.event', event);
  return { sandbox, event, at: Number(line['at'] ?? sandbox.updatedAt) };
}
