import type { Sandbox } from '../../model/sandbox.ts';
import type { Why } from '../protocol/messages.ts';
import { predictedActor } from './actors.ts';
import type { ConfirmedState } from './confirmed.ts';
import type { MessageWriter } from './message-writer.ts';

/** The part of a client's view of one sandbox that an inspector reads. */
export interface ObservedState {
  /** The newest record of the server, or null. */
  readonly confirmed: ObservedSandbox | null;
  /** The displayed record: the confirmed one with the pending commands applied. */
  readonly sandbox: ObservedSandbox | null;
  readonly pending: readonly ObservedCommand[];
  /** The commands that were rolled back, unless the user has dismissed them. */
  readonly rollbacks: readonly ObservedRollback[];
  /** The steps of the sandbox, if the server reports them. */
  readonly timeline?: readonly ObservedStep[];
}

/** A record of a client. A newer server may send a status that this release does not know. */
export type ObservedSandbox = Omit<Sandbox, 'status'> & { readonly status: string };

/** A step of a sandbox that a server has reported. `at` is epoch ms. */
export interface ObservedStep {
  readonly sandbox: ObservedSandbox;
  /** The type of the event, or null if the server does not report it. */
  readonly event: string | null;
  readonly at: number;
}

/** A command of a client. */
export interface ObservedCommand {
  readonly id: string;
  readonly command: { readonly type: string };
}

/** A command of a client that was rolled back. */
interface ObservedRollback extends ObservedCommand {
  readonly outcome: string;
  readonly reason: Why;
}

/** A client of one sandbox, to which an inspector subscribes. */
export interface ObservedClient {
  subscribe(listener: () => void): () => void;
  getSnapshot(): ObservedState;
}

/** Writes every change of a client's sandbox. Returns a function that unsubscribes. */
export function observeClient(
  client: ObservedClient,
  writer: MessageWriter,
  confirmedState: ConfirmedState,
): () => void {
  const seenSteps = new WeakSet<ObservedStep>();
  const predictions = createPredictions(writer, confirmedState);
  let displayed: Sandbox | null = null;

  const observe = () => {
    const state = client.getSnapshot();
    const at = writer.now();
    const confirmed = state.confirmed as Sandbox | null;
    const next = state.sandbox as Sandbox | null;
    if (confirmed === null || next === null) return;
    for (const step of state.timeline ?? []) {
      if (seenSteps.has(step)) continue;
      seenSteps.add(step);
      const { sandbox, event, at: then } = step;
      confirmedState.step({ sandbox: sandbox as Sandbox, event: { type: event ?? 'update' }, at: then });
    }
    confirmedState.step({ sandbox: confirmed, event: { type: 'update' }, at });

    const actor = predictedActor(confirmed);
    if (displayed === null) writer.actor(actor, confirmed, at);
    const newest = predictions.begin(state, confirmed, at);
    predictions.settle(state, confirmed, at);
    const hasChanged = JSON.stringify(displayed ?? confirmed) !== JSON.stringify(next);
    displayed = next;
    if (hasChanged || newest) writer.snapshot(actor, newest ?? { type: 'update' }, next, at);
  };

  observe();
  return client.subscribe(observe);
}

/** The predictions of one client that have no result yet. */
interface Predictions {
  /** Writes the commands that are pending for the first time. Returns the newest of them. */
  begin(state: ObservedState, sandbox: Sandbox, at: number): ObservedCommand['command'] | undefined;
  /** Writes the results of the commands that have left the pending list, and of those that never were in it. */
  settle(state: ObservedState, sandbox: Sandbox, at: number): void;
}

function createPredictions(writer: MessageWriter, confirmedState: ConfirmedState): Predictions {
  const open = new Map<string, { readonly event: string; readonly at: number }>();
  const rolledBack = new Set<string>();

  function writeRollback({ id, command, reason, outcome }: ObservedRollback, sandbox: Sandbox, at: number) {
    if (rolledBack.has(id)) return;
    rolledBack.add(id);
    const since = open.get(id)?.at ?? at;
    open.delete(id);
    if (outcome === 'refused') confirmedState.refused(sandbox.id, command.type, reason, at, id);
    writer.own(predictedActor(sandbox), sandbox.id, {
      type: '@sandbox-lifecycle.rolledBack',
      event: command.type,
      prediction: id,
      reason: confirmedState.redactReason(sandbox.id, command.type, reason),
      latencyMs: at - since,
      at,
    });
  }

  return {
    begin({ pending }, sandbox, at) {
      const actor = predictedActor(sandbox);
      const added = pending.filter(({ id }) => !open.has(id));
      for (const { id: prediction, command } of added) {
        const event = command.type;
        open.set(prediction, { event, at });
        writer.own(actor, sandbox.id, { type: '@sandbox-lifecycle.predicted', event, prediction, at });
        writer.event(actor, command, at);
      }
      return added.at(-1)?.command;
    },

    settle({ pending, rollbacks }, sandbox, at) {
      for (const rollback of rollbacks) writeRollback(rollback, sandbox, at);
      for (const [prediction, { event, at: since }] of open) {
        if (pending.some(({ id }) => id === prediction)) continue;
        open.delete(prediction);
        const type = '@sandbox-lifecycle.confirmed';
        const latencyMs = at - since;
        writer.own(predictedActor(sandbox), sandbox.id, { type, event, prediction, latencyMs, at });
      }
      for (const id of rolledBack)
        if (!rollbacks.some((rollback) => rollback.id === id)) rolledBack.delete(id);
    },
  };
}
