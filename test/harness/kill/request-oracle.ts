import { isDeepStrictEqual } from 'node:util';
import type { HistoryRow } from '../../../src/server/index.ts';
import type { Command } from './command.ts';
import type { History } from './history.ts';
import { type Answer, answersTo, isKept, type Request } from './request-log.ts';

/**
 * What is wrong with what a request led to: undefined when it was done once at the most, when all that it was answered
 * is in the history, and when it was answered the same each time.
 */
export function checkRequest(request: Request, history: History): string | undefined {
  const problem = problemOf(request, history);
  return problem && `${problem}\nThe request: ${JSON.stringify(request)}`;
}

function problemOf(request: Request, history: History): string | undefined {
  const { command, attempts } = request;
  const done = history.causedBy(attempts.map(({ requestId }) => requestId));
  if (done.length > 1) return `A request was done ${done.length} times.`;
  const answers = answersTo(request);
  const kept = answers.filter(isKept);
  if (kept.some((answer) => !isDeepStrictEqual(answer, kept[0])))
    return 'A request was answered one way, and then another.';
  for (const answer of answers) {
    const problem = problemOfAnswer(command, answer, done[0], history);
    if (problem !== undefined) return problem;
  }
  const [row] = done;
  return row && problemOfRow(request, row);
}

function problemOfAnswer(
  command: Command,
  answer: Answer,
  done: HistoryRow | undefined,
  history: History,
): string | undefined {
  const { status, refusalCode, version } = answer;
  if (status >= 500) return 'The server failed.';
  if (status >= 300) {
    if (done) return 'A request was done, and answered as if it were not.';
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
      const isThere = done?.version === version && done?.sandbox.snapshotId === id;
      return isThere ? undefined : 'An acknowledged snapshot is lost.';
    }
    case 'look':
    case 'rename':
    case 'expose': {
      const { id, lifecycle, version: told } = JSON.parse(answer.body);
      const row = history.at(id, Number(version));
      if (told !== version || (done && done.version !== version)) return 'A version was told wrong.';
      return problemOfVersion(row, () => isDeepStrictEqual(row?.sandbox, lifecycle));
    }
    case 'deleteSnapshot':
      return undefined;
    default: {
      if (done && done.version !== version) return 'A version was told wrong.';
      const row = history.at(command.sandboxId, Number(version));
      return problemOfVersion(row, ({ sandbox }) => holds[command.type](sandbox, status));
    }
  }
}

function problemOfVersion(
  row: HistoryRow | undefined,
  holds: (row: HistoryRow) => boolean,
): string | undefined {
  if (row === undefined) return 'A version that a client was told of is lost.';
  return holds(row) ? undefined : `The version that a client was told of is another: ${JSON.stringify(row)}`;
}

/** What an answer of 200 or 202 promises of the record at the version that it names. */
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

/** Whether a row is what its request asked for. */
function problemOfRow({ command, ifVersion }: Request, { event, version }: HistoryRow): string | undefined {
  const expected = command.type === 'create' ? 'created' : command.type;
  if (event.type !== expected) return `A request for ${command.type} led to ${event.type}.`;
  if ('name' in command && 'name' in event && command.name !== event.name)
    return `The name ${command.name} became ${event.name}.`;
  if (ifVersion !== null && version !== ifVersion + 1)
    return `It was for version ${ifVersion}, and led to ${version}.`;
  return undefined;
}
