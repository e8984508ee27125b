import { commandTable } from '../../machine/command-table.generated.ts';
import { newSandbox } from '../../machine/create.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { clientDisposed } from '../replica/command-deadlines.ts';
import { type ListInternals, listInternalsOf } from '../replica/list-internals.ts';
import type { SandboxListClient } from '../sandbox-list-client.ts';
import type { Reason } from '../transport/command-request.ts';
import { bodyOfInput, type CreateSandboxInput } from './create-input.ts';
import { createCreationCandidates } from './creation-candidates.ts';
import { createCreationEnds } from './creation-ends.ts';
import { createCreationStart } from './creation-start.ts';
import { createCreationsStore } from './creations-store.ts';
import type { CreateSettlement, SandboxCreator } from './creations-view.ts';

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
  const { context, disposeListeners } = internals;
  const creations = createCreationsStore(context.clock);
  const candidates = createCreationCandidates(internals, creations.pending);
  const ends = createCreationEnds(internals, creations, candidates);
  const begin = createCreationStart(list, internals, creations.pending, candidates, ends);
  const first = creations.getSnapshot();

  disposeListeners.add(() => {
    const reason = { code: 'no_answer', message: clientDisposed } as const;
    for (const creation of creations.pending.values()) ends.fail(creation, { outcome: 'unknown', reason });
  });
  return {
    getSnapshot: creations.getSnapshot,
    getServerSnapshot: () => first,
    subscribe: creations.subscribe,
    keyOf: candidates.keyOf,
    dismiss: creations.dismiss,
    create(input = {}) {
      const id = context.newId();
      const body = bodyOfInput(input);
      const sandbox = firstRecord(id, input, internals);
      if (typeof body === 'string' || typeof sandbox === 'string') {
        const message = typeof body === 'string' ? body : (sandbox as string);
        const reason: Reason = { code: 'invalid', message };
        const settlement = creations.rollBack(id, input, { outcome: 'refused', reason });
        return { id, settled: Promise.resolve(settlement) };
      }
      const settled = new Promise<CreateSettlement>((settle) => begin({ id, input, sandbox, body, settle }));
      creations.changed();
      return { id, settled };
    },
  };
}

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
