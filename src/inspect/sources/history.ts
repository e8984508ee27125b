import { mustBeSandbox } from '../../model/check-record.ts';
import { mustBeObject } from '../../model/checks.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Step } from './confirmed.ts';

/** A line of a host's history: a `HistoryRow` of a store, or a `change` as the API answers it. */
export type HistoryLine =
  | { readonly event: object; readonly at: number; readonly sandbox: Sandbox }
  | { readonly event: object; readonly at: number; readonly lifecycle: Sandbox };

/** The step that a line of a history tells of. Throws `MalformedInputError` or `IllegalRecordError` for what is none. */
export function stepOf(line: unknown): Step {
  mustBeObject('line', line);
  const sandbox: unknown = line['lifecycle'] ?? line['sandbox'];
  mustBeSandbox(sandbox);
  const { event } = line;
  mustBeObject('line.event', event);
  return { sandbox, event, at: Number(line['at'] ?? sandbox.updatedAt) };
}
