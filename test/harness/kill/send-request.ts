import { toHttp } from './command.ts';
import {
  isKept,
  type Request,
  type RequestedPort,
  type RequestLog,
  type ServerReply,
} from './request-log.ts';

/** The address of a server. */
export interface Address {
  readonly url: string;
  /** The number of the server, from 1. */
  readonly server: number;
}

/**
 * Sends a request and records its outcome. Returns the response, or null when the server went down or the signal aborted
 * first.
 */
export async function sendRequest(
  requestLog: RequestLog,
  { url, server }: Address,
  request: Request,
  signal?: AbortSignal,
): Promise<ServerReply | null> {
  const { command, key, ifVersion, attempts } = request;
  const { method, path, body } = toHttp(command);
  if (attempts.length === 0) requestLog.requests.push(request);
  const attempt = { requestId: `request-${nextId++}`, server, answer: null as ServerReply | null };
  attempts.push(attempt);
  const requestedPort = recordPort(requestLog, request);
  if (command.type === 'create') requestLog.creations.set(command.mark, command);
  if (command.type === 'deleteSnapshot') requestLog.deletedSnapshots.add(command.snapshotId);
  try {
    const response = await fetch(url + path, {
      method,
      ...(signal && { signal }),
      headers: {
        'x-request-id': attempt.requestId,
        ...(key !== null && { 'idempotency-key': key }),
        ...(ifVersion !== null && { 'if-match': `"${idIn(path)}-${ifVersion}"` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const version = /-(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1];
    const answer: ServerReply = {
      status: response.status,
      version: version === undefined ? null : Number(version),
      refusalCode: response.headers.get('x-refusal-code'),
      body: await response.text(),
    };
    attempt.answer = answer;
    if (requestedPort) requestedPort.acknowledged = answer.status === 200;
    if (isKept(answer)) recordAnswer(requestLog, request, answer);
    return answer;
  } catch {
    return null;
  } finally {
    if (requestedPort) requestedPort.ended = instant++;
  }
}

/** The id of the sandbox in a path. */
function idIn(path: string): string {
  return path.split('/')[2] ?? '';
}

let nextId = 1;
let instant = 1;

/** Records the port of an `expose` request. */
function recordPort({ ports }: RequestLog, { command }: Request): RequestedPort | undefined {
  if (command.type !== 'expose') return undefined;
  const { sandboxId, port } = command;
  const requested = { port, sent: instant++, ended: Number.POSITIVE_INFINITY, acknowledged: false };
  ports.set(sandboxId, [...(ports.get(sandboxId) ?? []), requested]);
  return requested;
}

/** Records the facts that a client learns from a response, which may arrive before the event. */
function recordAnswer(
  requestLog: RequestLog,
  { command }: Request,
  { status, version, body }: ServerReply,
): void {
  if (status >= 300) return;
  if (command.type === 'deleteSnapshot') requestLog.acknowledgedDeletions.add(command.snapshotId);
  if (command.type === 'snapshot') requestLog.snapshots.add(JSON.parse(body).snapshot_id);
  if (command.type !== 'create' || version === null || requestLog.known.has(JSON.parse(body).sandbox_id))
    return;
  const { sandbox_id: id, status: first } = JSON.parse(body);
  requestLog.known.set(id, { id, version, name: command.name, status: first });
}
