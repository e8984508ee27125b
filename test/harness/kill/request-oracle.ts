import { isDeepStrictEqual } from 'node:util';
import type { HistoryRow } from '../../../src/server/index.ts';
import type { Command } from './command.ts';
import type { History } from './history.ts';
import { answersTo, isKept, type Request, type ServerReply } from './request-log.ts';

/**
 * The first problem with the effect of a request. Returns undefined when the request took effect at most once, the history
 * contains everything that the responses acknowledged, and all stored responses are equal.
 */
export function checkRequest(request: Request, history: History): string | undefined {
  const problem = problemOf(request, history);
  return problem && `${problem}\nThe request: ${JSON.stringify(request)}`;
}

function problemOf(request: Request, history: History): string | undefined {
  const { command, attempts } = request;
  const done = history.causedBy(attempts.map(({ requestId }) => requestId));
  if (!isOneCommit(done)) return `A request took effect ${done.length} times.`;
  const answers = answersTo(request);
  const kept = answers.filter(isKept);
  if (kept.some((answer) => kept[0] && !isRepetition(kept[0], answer)))
    return 'A request got two different responses.';
  const row = done.at(-1);
  for (const { requestId, answer } of attempts) {
    if (answer === null) continue;
    // The server does not store an error such as a taken name, so the same request may take effect later.
    if (row && answer.status >= 300 && (isKept(answer) || row.cause === requestId))
      return 'A request took effect, but its response is an error.';
    const problem = problemOfAnswer(command, answer, row, history);
    if (problem !== undefined) return problem;
  }
  return problemOfRows(request, done);
}

/**
 * Whether a response repeats an earlier one to the same request: the record of that time, with the ports of now. An update
 * whose configuration has changed since gets the record of now.
 */
function isRepetition(first: ServerReply, next: ServerReply): boolean {
  if (first.status !== next.status || first.refusalCode !== next.refusalCode) return false;
  if (first.body === next.body) return first.version === next.version;
  const [before, after] = [fieldsOf(first), fieldsOf(next)];
  if (before === undefined || after === undefined) return false;
  if (Number(after['generation']) > Number(before['generation'])) return after['id'] === before['id'];
  return first.version === next.version && isDeepStrictEqual(before, after);
}

/** The fields of a sandbox, without its ports; undefined for another body. */
function fieldsOf({ body }: ServerReply): Record<string, unknown> | undefined {
  if (!body.startsWith('{')) return undefined;
  const { exposed_ports: _, applied_generation: __, ...fields } = JSON.parse(body) as Record<string, unknown>;
  return fields;
}

/** Whether the rows are those of one commit: one for each event, in order, without another row between them. */
function isOneCommit(rows: readonly HistoryRow[]): boolean {
  const [first] = rows;
  const isNext = ({ sandboxId, version, sequence, cause }: HistoryRow, index: number) =>
    first !== undefined &&
    sandboxId === first.sandboxId &&
    cause === first.cause &&
    version === first.version + index &&
    sequence === first.sequence + index;
  return rows.every(isNext) && new Set(rows.map(({ event }) => event.type)).size === rows.length;
}

function problemOfAnswer(
  command: Command,
  answer: ServerReply,
  done: HistoryRow | undefined,
  history: History,
): string | undefined {
  const { status, refusalCode, version } = answer;
  if (status >= 500) return 'The server failed.';
  if (status >= 300) {
    return refusalCode === null || version === null || !('sandboxId' in command)
      ? undefined
      : problemOfVersion(history.at(command.sandboxId, version), () => true);
  }
  switch (command.type) {
    case 'create': {
      const { sandbox_id: id } = JSON.parse(answer.body);
      return done?.sandboxId === id && version === 1 ? undefined : 'An acknowledged create is lost.';
    }
    case 'snapshot': {
      const { snapshot_id: id } = JSON.parse(answer.body);
      const isStored = done?.version === version && done?.sandbox.snapshotId === id;
      return isStored ? undefined : 'An acknowledged snapshot is lost.';
    }
    case 'get':
    case 'rename':
    case 'expose': {
      const { id, lifecycle, version: inBody } = JSON.parse(answer.body);
      const row = history.at(id, Number(version));
      // A repeated update whose configuration has changed since gets the record of now.
      const isOfNow = done && row && row.sandbox.generation > done.sandbox.generation;
      if (inBody !== version || (done && done.version !== version && !isOfNow))
        return 'A response has a wrong version.';
      return problemOfVersion(row, () => isDeepStrictEqual(row?.sandbox, lifecycle));
    }
    case 'deleteSnapshot':
      return undefined;
    default: {
      if (done && done.version !== version) return 'A response has a wrong version.';
      const row = history.at(command.sandboxId, Number(version));
      return problemOfVersion(row, ({ sandbox }) => holds[command.type](sandbox, status));
    }
  }
}

function problemOfVersion(
  row: HistoryRow | undefined,
  holds: (row: HistoryRow) => boolean,
): string | undefined {
  if (row === undefined) return 'A version that a client has seen is lost.';
  return holds(row) ? undefined : `A version differs from its response: ${JSON.stringify(row)}`;
}

/** The guarantee of a response with status 200 or 202 about the record at its version. */
const holds: Readonly<
  Record<
    'suspend' | 'resume' | 'terminate' | 'keepalive',
    (sandbox: HistoryRow['sandbox'], status: number) => boolean
  >
> = {
  suspend: ({ status }, answer) => status === (answer === 202 ? 'suspending' : 'suspended'),
  resume: ({ status, operation }, answer) =>
    answer === 202 ? status === 'suspended' && operation?.kind === 'resume' : status === 'running',
  terminate: ({ status }) => status === 'terminated',
  keepalive: ({ status }) => status === 'running' || status === 'snapshotting',
};

/** Checks that the rows are the effect that their request names. */
function problemOfRows({ command, ifVersion }: Request, rows: readonly HistoryRow[]): string | undefined {
  const expected = eventsOf(command);
  for (const { event } of rows) {
    if (!expected.includes(event.type)) return `A request for ${command.type} led to ${event.type}.`;
    if ('name' in command && 'name' in event && command.name !== event.name)
      return `The name ${command.name} became ${event.name}.`;
  }
  const [first] = rows;
  if (first && ifVersion !== null && first.version !== ifVersion + 1)
    return `A request for version ${ifVersion} led to version ${first.version}.`;
  return undefined;
}

/** The events that a command can lead to. A name or a limit that a sandbox already has leads to none. */
function eventsOf(command: Command): readonly string[] {
  if (command.type === 'create') return ['created'];
  return command.type === 'expose' ? ['rename', 'setTimeouts', 'configure'] : [command.type];
}
