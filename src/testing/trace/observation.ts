import { mustBeEvent } from '../../model/check-event.ts';
import { mustBeSandbox } from '../../model/check-record.ts';
import { integer, mustBe, mustBeObject, oneOf, orNull, text, whole } from '../../model/checks.ts';
import type { SandboxEvent, TimeoutsInput } from '../../model/events.ts';
import { type Sandbox, type Status, statuses } from '../../model/sandbox.ts';

/** The creation of a sandbox, which begins a history. The limits are in ms, `at` is epoch ms. */
interface CreatedEvent extends TimeoutsInput {
  readonly type: 'created';
  readonly name?: string | null;
  readonly at: number;
}

/** An observed status. Missing fields are unknown. */
export interface SeenStatus {
  readonly kind: 'status';
  /** The id of the sandbox; empty when the trace does not contain one. */
  readonly sandbox: string;
  readonly status: Status;
  readonly name?: string | null;
  readonly version?: number;
}

/** An observed event. In a history it was applied, and `led` has the result. */
export interface SeenEvent {
  readonly kind: 'event';
  readonly sandbox: string;
  readonly event: SandboxEvent | CreatedEvent;
  readonly led?: { readonly to: Status; readonly version?: number; readonly record?: Sandbox };
}

/** One parsed line of a trace. */
export type Seen = SeenStatus | SeenEvent;

const status = oneOf(statuses);
const aName = orNull(text);
const aVersion = whole(1);

/**
 * Parses one line of a trace: a status (`"running"`, or an object with a `status`, as the API returns it), an event
 * (`{ "type": … }`), or a line of a history (`{ "event": …, "to": … }`). Throws `MalformedInputError` with the path.
 */
export function readSeen(line: unknown, path: string): Seen {
  if (typeof line === 'string') {
    mustBe(status, path, line);
    return { kind: 'status', sandbox: '', status: line as Status };
  }
  mustBeObject(path, line);
  const sandbox = String(line['sandbox_id'] ?? line['sandboxId'] ?? line['id'] ?? '');
  if ('event' in line) return readHistory(line, sandbox, path);
  if ('type' in line) return { kind: 'event', sandbox, event: readEvent(line, path) };
  mustBe(status, `${path}.status`, line['status']);
  const { name, version } = line as { name?: unknown; version?: unknown };
  if (name !== undefined) mustBe(aName, `${path}.name`, name);
  if (version !== undefined) mustBe(aVersion, `${path}.version`, version);
  return { kind: 'status', sandbox, ...(line as unknown as Omit<SeenStatus, 'kind' | 'sandbox'>) };
}

function readHistory(line: Record<string, unknown>, sandbox: string, path: string): SeenEvent {
  mustBeObject(`${path}.event`, line['event']);
  mustBe(status, `${path}.to`, line['to']);
  const event = readEvent(line['event'], `${path}.event`);
  const record = line['lifecycle'] ?? line['sandbox'];
  if (record !== undefined) mustBeSandbox(record);
  if (line['version'] !== undefined) mustBe(aVersion, `${path}.version`, line['version']);
  const led = { to: line['to'], version: line['version'], record } as NonNullable<SeenEvent['led']>;
  return { kind: 'event', sandbox, event, led };
}

function readEvent(event: Record<string, unknown>, path: string): SeenEvent['event'] {
  if (event['type'] === 'created') {
    mustBe(integer, `${path}.at`, event['at']);
    return event as unknown as CreatedEvent;
  }
  mustBeEvent(event);
  return event;
}
