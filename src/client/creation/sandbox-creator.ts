import { commandTable } from '../../machine/command-table.generated.ts';
import { newSandbox } from '../../machine/create.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { CreateBody } from '../../schema/http/requests.ts';
import { clientDisposed } from '../replica/command-deadlines.ts';
import { type ListInternals, listInternalsOf } from '../replica/list-internals.ts';
import { createListeners } from '../replica/listeners.ts';
import type { ViewSource } from '../replica/view-order.ts';
import { type RequestReply, repeatRequest } from '../requests/repeat-request.ts';
import type { SandboxListClient } from '../sandbox-list-client.ts';
import type { Reason } from '../transport/command-request.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import { bodyOfInput, type CreateSandboxInput } from './create-input.ts';
import { createRequest } from './create-request.ts';
import type { CreateRollback, CreateSettlement, CreationsView, SandboxCreator } from './creations-view.ts';
import { createProvisionalClient, type ProvisionalClient } from './provisional-client.ts';

type Failure = Pick<CreateRollback, 'outcome' | 'reason'>;

/** A creation that begins. */
interface NewCreation extends Pick<Creation, 'id' | 'input' | 'sandbox' | 'settle'> {
  readonly body: CreateBody;
}

/** A creation whose sandbox the list does not know yet. */
interface Creation extends ViewSource {
  readonly id: string;
  readonly input: CreateSandboxInput;
  readonly sandbox: Sandbox;
  readonly provisional: ProvisionalClient;
  readonly settle: (settlement: CreateSettlement) => void;
  readonly release: () => void;
  /** The sandboxes that the list knew when the creation began; undefined if it had not been read. */
  readonly known: ReadonlySet<string> | undefined;
  /** Sandboxes that have appeared since, and can be the created one. */
  readonly candidates: Set<string>;
  cancel: () => void;
  /** The server's id, once it is known. */
  realId?: string;
  /** The tick at which the server's reply arrived, or its time was over. */
  answeredAt?: number;
  /** Set when no reply arrived: the entry waits for the next list, which shows the sandbox if it was created. */
  unknown?: Failure;
}

/**
 * Returns a creator of sandboxes in a list. It sends each request with an idempotency key until the server replies, at most for
 * `times.deadlineMs`, and waits as long as the server asks to. A failed creation disappears from the list, with the reason.
 *
 * @example
 * const creator = createSandboxCreator({ list });
 * const { id, settled } = creator.create({ name: 'my-env', timeoutMs: 600_000 });
 * const { outcome, reason } = await settled;
 */
export function createSandboxCreator({ list }: { readonly list: SandboxListClient }): SandboxCreator {
  const internals = listInternalsOf(list);
  const { context, store, replicas, provisional, updateListeners, disposeListeners, hold } = internals;
  const { transport, clock, times, nextTick } = context;
  const creations = new Map<string, Creation>();
  const keys = new Map<string, string>();
  /** The creations whose entries are hidden, by the sandbox that may be the created one. */
  const hidden = new Map<string, string>();
  const { add, notify } = createListeners();
  let rollbacks: readonly CreateRollback[] = [];
  let view: CreationsView = Object.freeze({ pending: [], rollbacks });
  const first = view;

  function changed(): void {
    view = Object.freeze({ pending: [...creations.keys()], rollbacks });
    notify();
  }

  function rollBack(id: string, input: CreateSandboxInput, { outcome, reason }: Failure): CreateSettlement {
    rollbacks = [...rollbacks, { id, input, outcome, reason, at: clock.now() }];
    changed();
    return { outcome, reason, id: null };
  }

  /** Ends a creation. */
  function end(creation: Creation): void {
    creations.delete(creation.id);
    creation.cancel();
    store.remove(creation);
    creation.release();
    if (creations.size === 0) updateListeners.delete(onUpdate);
  }

  /** Replaces the entry by the real sandbox, if the list knows it. */
  function confirm(creation: Creation, realId: string): void {
    creation.realId = realId;
    keys.set(realId, creation.id);
    if (!replicas.find(realId)?.state().confirmed) return;
    end(creation);
    creation.provisional.become(replicas.of(realId).client);
    creation.settle({ outcome: 'applied', id: realId, reason: null });
    changed();
  }

  /** Removes the entry, and keeps the reason. */
  function fail(creation: Creation, failure: Failure): void {
    end(creation);
    creation.provisional.fail(failure.reason.message);
    provisional.delete(creation.id);
    creation.settle(rollBack(creation.id, creation.input, failure));
  }

  function onReply(creation: Creation, reply: RequestReply<string>): void {
    if (!creations.has(creation.id)) return;
    creation.answeredAt = nextTick();
    store.batch(() => {
      if (reply.outcome === 'done') confirm(creation, reply.result);
      else if (reply.outcome === 'unknown') creation.unknown = reply;
      else fail(creation, reply);
      hideCandidates();
    });
    if (!creations.has(creation.id)) return;
    // A stream normally sends the record by itself. Without one, only a read brings it.
    if (store.connection().connection !== 'live') list.refresh();
    else clock.wake(times.pollMs, () => creations.has(creation.id) && list.refresh());
  }

  function onUpdate(
    { changes = [], sandboxes, isComplete, leavesOut }: ServerUpdate,
    requestedAt: number,
  ): void {
    for (const { cause, event, sandbox } of changes) {
      const creation = cause !== null && event === 'created' && creations.get(cause);
      if (creation) confirm(creation, sandbox.id);
    }
    for (const creation of creations.values()) {
      const { realId, answeredAt = requestedAt } = creation;
      if (realId !== undefined) confirm(creation, realId);
      if (isComplete && !leavesOut && requestedAt > answeredAt) endUnseen(creation);
    }
    for (const sandbox of [...sandboxes, ...changes.map((change) => change.sandbox)]) noteCandidate(sandbox);
    hideCandidates();
  }

  /** Ends a creation whose sandbox is missing from a complete list that was requested after the reply. */
  function endUnseen(creation: Creation): void {
    if (creation.unknown && creation.realId === undefined) fail(creation, creation.unknown);
    else if (creations.has(creation.id)) {
      end(creation);
      // It has ended already.
      creation.settle({ outcome: 'applied', id: creation.realId ?? null, reason: null });
      changed();
    }
  }

  /** A sandbox that appears while a creation waits for its reply can be the one that was created. */
  function noteCandidate({ id, name, createdAt }: Sandbox): void {
    for (const { realId, sandbox, candidates, known } of creations.values()) {
      const isNew = known ? !known.has(id) : createdAt >= sandbox.createdAt - clockToleranceMs;
      if (realId === undefined && isNew && name === sandbox.name && !keys.has(id)) candidates.add(id);
    }
  }

  /** Hides each entry whose sandbox may be in the list already, so that the list never shows a creation twice. */
  function hideCandidates(): void {
    const taken = new Set(keys.keys());
    hidden.clear();
    const isFree = (id: string) => !taken.has(id) && replicas.find(id) !== undefined;
    for (const creation of creations.values()) {
      const { realId, candidates } = creation;
      const candidate = realId === undefined ? [...candidates].find(isFree) : undefined;
      if (candidate === undefined) store.changed(creation);
      else {
        taken.add(candidate);
        hidden.set(candidate, creation.id);
        store.remove(creation);
      }
    }
  }

  function begin({ id, input, sandbox, body, settle }: NewCreation): void {
    const client = createProvisionalClient(context, store, sandbox);
    const { isLoaded, sandboxes } = list.getSnapshot();
    const creation: Creation = {
      ...{ id, input, sandbox, settle, provisional: client, cancel() {} },
      getSnapshot: client.client.getSnapshot,
      known: isLoaded ? new Set(sandboxes.map((one) => one.id)) : undefined,
      candidates: new Set(),
      release: hold(),
    };
    creations.set(id, creation);
    provisional.set(id, client.client);
    updateListeners.add(onUpdate);
    store.changed(creation);
    const deadline = clock.now() + times.deadlineMs;
    const stop = repeatRequest(context, createRequest(id, body, deadline, transport.isVersioned), (reply) =>
      onReply(creation, reply),
    );
    const cancelDeadline = clock.wake(times.deadlineMs, () => {
      if (creation.unknown && creation.realId === undefined) fail(creation, creation.unknown);
      // The server has created it, and no state has arrived since.
      else if (creation.realId !== undefined)
        settle({ outcome: 'applied', id: creation.realId, reason: null });
    });
    creation.cancel = () => {
      stop();
      cancelDeadline();
    };
  }

  disposeListeners.add(() => {
    const reason = { code: 'no_answer', message: clientDisposed } as const;
    for (const creation of creations.values()) fail(creation, { outcome: 'unknown', reason });
  });
  return {
    getSnapshot: () => view,
    getServerSnapshot: () => first,
    subscribe: add,
    keyOf: (id) => keys.get(id) ?? hidden.get(id) ?? id,
    dismiss(id) {
      rollbacks = rollbacks.filter((rollback) => id !== undefined && rollback.id !== id);
      changed();
    },
    create(input = {}) {
      const id = context.newId();
      const body = bodyOfInput(input);
      const sandbox = firstRecord(id, input, internals);
      const problem = typeof body === 'string' ? body : typeof sandbox === 'string' ? sandbox : undefined;
      if (problem !== undefined) {
        const reason: Reason = { code: 'invalid', message: problem };
        return { id, settled: Promise.resolve(rollBack(id, input, { outcome: 'refused', reason })) };
      }
      const settled = new Promise<CreateSettlement>((settle) => {
        begin({ id, input, sandbox: sandbox as Sandbox, body: body as CreateBody, settle });
      });
      changed();
      return { id, settled };
    },
  };
}

/** How much earlier than the estimated time of its request a sandbox may have been created, in ms. */
const clockToleranceMs = 5_000;

/** The record to show, or the sentence why no sandbox can be created from this input. */
function firstRecord(
  id: string,
  { name = null, timeoutMs = null, idleTimeoutMs = null, suspendedTimeoutMs = null }: CreateSandboxInput,
  { context: { policy, serverNow } }: ListInternals,
): Sandbox | string {
  try {
    const limits = { timeoutMs, idleTimeoutMs, suspendedTimeoutMs };
    return newSandbox({ id, name, ...limits, at: serverNow() }, commandTable.initial, policy);
  } catch (error) {
    return (error as Error).message;
  }
}
