import type { SendRequest, ServerReply } from '../../client/transport/command-request.ts';
import { createTransport } from '../../client/transport/connection.ts';
import type { Protocol, ProtocolListener } from '../../client/transport/protocol.ts';
import type { ReadFailure, ServerUpdate } from '../../client/transport/server-update.ts';
import type { Transport } from '../../client/transport/transport.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import {
  type AnswerQueue,
  createAnswerQueue,
  type FakeAnswer,
  type FakeRequest,
  type FakeRequestKind,
} from './answers.ts';
import { createFakeServer, type FakeServer } from './fake-server.ts';
import { handleHttp } from './http-requests.ts';

/** Options of a {@link fakeTransport}. */
export interface FakeTransportOptions {
  /** The sandboxes at first: results of `createSandbox` and `transition`. */
  readonly sandboxes?: readonly Sandbox[] | undefined;
  /** Whether it is like this package's server, with versions, a stream and idempotency keys; true unless given. */
  readonly isVersioned?: boolean | undefined;
  /** Whether operations complete by themselves, in a microtask after they have begun; true unless given. */
  readonly completesOperations?: boolean | undefined;
  /** The server's time, in epoch ms: `Date.now` unless given. */
  readonly now?: (() => number) | undefined;
}

/** A transport to a server in memory, whose answers a test controls. */
export interface FakeTransport extends Transport {
  /** Every request that the server received, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** Answers the next requests of this kind, in order. Later ones are accepted. */
  answerNext(kind: FakeRequestKind, ...answers: readonly FakeAnswer[]): void;
  /** The records that the server has now, oldest first. */
  sandboxes(): readonly Sandbox[];
  /** Applies an event as another user or the platform. The stream sends the change. Throws if the machine refuses it. */
  apply(sandboxId: string, event: SandboxEvent): void;
  /** Creates a sandbox as another user. */
  create(input?: { readonly name?: string | null }): Sandbox;
  /** Completes the operation in progress of a sandbox. */
  completeOperation(sandboxId: string): void;
  /** Ends every open stream with this sentence. */
  dropStreams(problem?: string): void;
}

/**
 * Creates a transport for tests of components: no network, no server and no timer of its own. Commands, creations and
 * snapshots work as on a real server, because the same machine decides, until a test scripts other answers.
 *
 * @example
 * const transport = fakeTransport({ sandboxes: [createSandbox({ id: 'a1', name: 'my-env', at: 0 }).sandbox] });
 * const client = createSandboxClient({ id: 'a1', transport });
 * transport.answerNext('command', { refuse: 'The quota is used up.' });
 */
export function fakeTransport(options: FakeTransportOptions = {}): FakeTransport {
  const { sandboxes = [], isVersioned = true, completesOperations = true, now = Date.now } = options;
  const server = createFakeServer(sandboxes, now);
  const answers = createAnswerQueue();
  const streams = new Set<(problem: string) => void>();

  function completeAll(): void {
    for (const { id } of server.records()) server.complete(id);
  }
  if (completesOperations) {
    queueMicrotask(completeAll);
    server.onChange(({ sandbox }) => {
      if (sandbox.operation) queueMicrotask(completeAll);
    });
  }

  const protocol: Protocol = {
    isVersioned,
    request: (path, init = {}) => handleHttp(server, answers, { path, init, keepsKeys: isVersioned }),
    read: (sandboxId, after) => read(server, answers, sandboxId, isVersioned ? (after ?? 0) : undefined),
    send: (request) => send(server, answers, request, isVersioned),
    ...(isVersioned && {
      follow(sandboxId: string | undefined, after: number | undefined, listener: ProtocolListener) {
        const close = follow(server, answers, { sandboxId, after, listener });
        const end = (problem: string) => {
          streams.delete(end);
          close();
          listener.onClosed(problem);
        };
        streams.add(end);
        return () => {
          streams.delete(end);
          close();
        };
      },
    }),
  };
  return {
    ...createTransport(protocol),
    requests: answers.requests,
    answerNext: (kind, ...next) => answers.add(kind, next),
    sandboxes: server.records,
    apply(sandboxId, event) {
      const { refusal } = server.apply(sandboxId, event, null);
      if (refusal) throw new Error(refusal.message);
    },
    create: (input = {}) => server.create(input, null),
    completeOperation: server.complete,
    dropStreams(problem = 'The fake server ended the stream.') {
      for (const end of [...streams]) end(problem);
    },
  };
}

const of = (kind: FakeRequestKind, sandboxId?: string): FakeRequest => ({
  kind,
  sandboxId,
  command: undefined,
  key: undefined,
});

function read(
  server: FakeServer,
  answers: AnswerQueue,
  sandboxId: string | undefined,
  after: number | undefined,
): Promise<ServerUpdate | ReadFailure> {
  const failure = (problem: string, retryAfterMs?: number): ReadFailure => ({
    problem,
    isReachable: true,
    retryAfterMs,
  });
  return answers.answer<ServerUpdate | ReadFailure>(of('read', sandboxId), {
    carryOut() {
      if (sandboxId === undefined) return { sandboxes: server.records(), isComplete: true };
      const record = server.find(sandboxId);
      if (!record) return failure(`Sandbox "${sandboxId}" does not exist.`);
      if (after === undefined) return { sandboxes: [record] };
      const isNew = ({ sandbox }: { sandbox: Sandbox }) =>
        sandbox.id === record.id && sandbox.version > after;
      return { sandboxes: [record], changes: server.changesAfter(0).filter(isNew) };
    },
    refuse: (message) => failure(message),
    delay: (retryAfterMs) => failure('Too many requests.', retryAfterMs),
  });
}

function send(
  server: FakeServer,
  answers: AnswerQueue,
  request: SendRequest,
  keepsKeys: boolean,
): Promise<ServerReply> {
  const { id, sandboxId, command, ifVersion } = request;
  const refused = (message: string): ServerReply => ({
    outcome: 'refused',
    reason: { code: 'rejected', message },
  });
  // A repeated request has the reply of the first, whatever the script says.
  const findKnown = () => (keepsKeys ? server.changesAfter(0).find(({ cause }) => cause === id) : undefined);
  return answers.answer<ServerReply>(
    { kind: 'command', sandboxId, command: command.type, key: id },
    {
      carryOut() {
        const record = server.find(sandboxId);
        if (!record) return refused(`Sandbox "${sandboxId}" does not exist.`);
        const known = findKnown();
        if (known) return { outcome: 'accepted', version: known.sandbox.version };
        if (ifVersion !== undefined && ifVersion !== record.version)
          return { outcome: 'refused', reason: { code: 'moved_on', message: 'The sandbox has changed.' } };
        const { outcome, refusal, sandbox } = server.apply(record.id, command, id);
        if (refusal) return { outcome: 'refused', reason: refusal };
        return { outcome: 'accepted', version: sandbox.version, isUnchanged: outcome === 'unchanged' };
      },
      refuse(message) {
        const known = findKnown();
        return known ? { outcome: 'accepted', version: known.sandbox.version } : refused(message);
      },
      delay: (retryAfterMs) => ({ outcome: 'unknown', problem: 'Too many requests.', retryAfterMs }),
    },
  );
}

/** Follows one sandbox, or all. Calls nothing before it has returned. */
function follow(
  server: FakeServer,
  answers: AnswerQueue,
  {
    sandboxId,
    after,
    listener,
  }: { sandboxId: string | undefined; after: number | undefined; listener: ProtocolListener },
): () => void {
  let isClosed = false;
  let stop = () => {};
  const closed = (problem: string, retryAfterMs?: number) =>
    isClosed || listener.onClosed(problem, retryAfterMs);
  const isFollowed = ({ id, name }: Sandbox) =>
    sandboxId === undefined || id === sandboxId || name === sandboxId;
  function open(): void {
    if (isClosed) return;
    listener.onOpen();
    const sequence = server.changesAfter(0).length;
    listener.onUpdate({
      sandboxes: sandboxId === undefined ? [] : server.records().filter(isFollowed),
      sequence,
    });
    for (const change of after === undefined ? [] : server.changesAfter(after))
      if (isFollowed(change.sandbox)) listener.onUpdate({ sandboxes: [], changes: [change], sequence });
    stop = server.onChange((change, position) => {
      if (isFollowed(change.sandbox))
        listener.onUpdate({ sandboxes: [], changes: [change], sequence: position });
    });
  }
  answers
    .answer(of('stream', sandboxId), {
      carryOut: () => open,
      refuse: (message) => () => closed(message),
      delay: (afterMs) => () => closed('Too many requests.', afterMs),
    })
    .then(
      (next) => next(),
      (error: Error) => closed(error.message),
    );
  return () => {
    isClosed = true;
    stop();
  };
}
