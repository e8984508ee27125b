import type { ListInternals } from '../replica/list-internals.ts';
import { type RequestReply, repeatRequest } from '../requests/repeat-request.ts';
import type { SandboxListClient } from '../sandbox-list-client.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import { createRequest } from './create-request.ts';
import type { Creation, NewCreation } from './creation.ts';
import type { CreationCandidates } from './creation-candidates.ts';
import type { CreationEnds } from './creation-ends.ts';
import { createProvisionalClient } from './provisional-client.ts';

/** Returns the function that begins a creation: it sends the request, and follows the list until the creation has ended. */
export function createCreationStart(
  list: SandboxListClient,
  { context, store, provisional, updateListeners, hold }: ListInternals,
  pending: Map<string, Creation>,
  { note, hideEntries }: CreationCandidates,
  { confirm, fail, endUnseen }: CreationEnds,
): (creation: NewCreation) => void {
  const { transport, clock, times, nextTick } = context;

  function onReply(creation: Creation, reply: RequestReply<string>): void {
    if (!pending.has(creation.id)) return;
    creation.answeredAt = nextTick();
    store.batch(() => {
      if (reply.outcome === 'done') confirm(creation, reply.result);
      else if (reply.outcome === 'unknown') creation.unknown = reply;
      else fail(creation, reply);
      hideEntries();
    });
    if (!pending.has(creation.id)) return;
    // A stream normally sends the record by itself. Without one, only a read brings it.
    if (store.connection().connection !== 'live') list.refresh();
    else clock.wake(times.pollMs, () => pending.has(creation.id) && list.refresh());
  }

  function onUpdate(
    { changes = [], sandboxes, isComplete, leavesOut }: ServerUpdate,
    requestedAt: number,
  ): void {
    for (const { cause, event, sandbox } of changes) {
      const creation = cause !== null && event === 'created' && pending.get(cause);
      if (creation) confirm(creation, sandbox.id);
    }
    for (const creation of pending.values()) {
      const { realId, answeredAt = requestedAt } = creation;
      if (realId !== undefined) confirm(creation, realId);
      if (isComplete && !leavesOut && requestedAt > answeredAt) endUnseen(creation);
    }
    for (const sandbox of [...sandboxes, ...changes.map((change) => change.sandbox)]) note(sandbox);
    hideEntries();
  }

  return ({ body, ...begun }) => {
    const { id, sandbox } = begun;
    const client = createProvisionalClient(context, store, sandbox);
    const { isLoaded, sandboxes } = list.getSnapshot();
    const letGo = hold();
    const deadline = clock.now() + times.deadlineMs;
    const stop = repeatRequest(context, createRequest(id, body, deadline, transport.isVersioned), (reply) =>
      onReply(creation, reply),
    );
    const cancelDeadline = clock.wake(times.deadlineMs, () => {
      const { unknown, realId } = creation;
      // If the server has created it, the entry stays until a state shows the sandbox.
      if (realId !== undefined) creation.settle({ outcome: 'applied', id: realId, reason: null });
      else if (unknown) fail(creation, unknown);
    });
    const creation: Creation = {
      ...begun,
      provisional: client,
      getSnapshot: client.client.getSnapshot,
      known: isLoaded ? new Set(sandboxes.map((one) => one.id)) : undefined,
      candidates: new Set(),
      release() {
        stop();
        cancelDeadline();
        letGo();
        if (pending.size === 0) updateListeners.delete(onUpdate);
      },
    };
    pending.set(id, creation);
    provisional.set(id, client.client);
    updateListeners.add(onUpdate);
    store.changed(creation);
  };
}
