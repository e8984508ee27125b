import type { Sandbox } from '../../model/sandbox.ts';
import type { Why } from '../protocol/messages.ts';
import { predictedActor } from './actors.ts';
import type { ConfirmedState } from './confirmed.ts';
import type { MessageWriter } from './message-writer.ts';

/** What a client says of one sandbox: as much of it as an inspector needs. */
export interface ObservedState {
  /** What the server told last, or null. */
  readonly confirmed: ObservedSandbox | null;
  /** What is shown: the confirmed one with the pending commands applied. */
  readonly sandbox: ObservedSandbox | null;
  readonly pending: readonly ObservedCommand[];
  /** The commands that were taken back and not dismissed yet. */
  readonly rollbacks: readonly (ObservedCommand & { readonly outcome: string; readonly reason: Why })[];
  /** What happened, where the server tells it. */
  readonly timeline?: readonly ObservedStep[];
}

/** A record of a client: a newer server may name a status that is not known here. */
export type ObservedSandbox = Omit<Sandbox, 'status'> & { readonly status: string };

/** A step of a sandbox that a client was told of. `at` is epoch ms. */
export interface ObservedStep {
  readonly sandbox: ObservedSandbox;
  /** The type of the event, or null where the server does not tell. */
  readonly event: string | null;
  readonly at: number;
}

/** A command of a client. */
export interface ObservedCommand {
  readonly id: string;
  readonly command: { readonly type: string };
}

/** A client's sandbox: something that can be subscribed to. */
export interface ObservedClient {
  subscribe(listener: () => void): () => void;
  getSnapshot(): ObservedState;
}

/** Tells of every change of a client's sandbox, until the function that it answers is called. */
export function observeClient(
  client: ObservedClient,
  teller: MessageWriter,
  truth: ConfirmedState,
): () => void {
  const asked = new Map<string, { readonly event: string; readonly at: number }>();
  const takenBack = new Set<string>();
  const told = new WeakSet<ObservedStep>();
  let shown: Sandbox | null = null;

  const look = () => {
    const state = client.getSnapshot();
    const at = teller.now();
    const confirmed = state.confirmed as Sandbox | null;
    const next = state.sandbox as Sandbox | null;
    if (confirmed === null || next === null) return;
    for (const step of state.timeline ?? []) {
      if (told.has(step)) continue;
      told.add(step);
      const { sandbox, event, at: then } = step;
      truth.step({ sandbox: sandbox as Sandbox, event: { type: event ?? 'update' }, at: then });
    }
    truth.step({ sandbox: confirmed, event: { type: 'update' }, at });

    const actor = predictedActor(confirmed);
    if (shown === null) teller.actor(actor, confirmed, at);
    let cause: unknown = { type: 'update' };

    const fresh = state.pending.filter(({ id }) => !asked.has(id));
    for (const { id, command } of fresh) {
      asked.set(id, { event: command.type, at });
      cause = command;
      const message = {
        type: '@sandbox-lifecycle.predicted',
        event: command.type,
        prediction: id,
        at,
      } as const;
      teller.own(actor, confirmed.id, message);
      teller.event(actor, command, at);
    }
    settle(state, confirmed, at);
    const changed = JSON.stringify(shown ?? confirmed) !== JSON.stringify(next);
    shown = next;
    if (changed || fresh.length > 0) teller.snapshot(actor, cause, next, at);
  };

  /** Tells what became of the commands that are not pending any more, and of those that never were. */
  function settle({ pending, rollbacks }: ObservedState, sandbox: Sandbox, at: number): void {
    const actor = predictedActor(sandbox);
    for (const { id, command, reason, outcome } of rollbacks) {
      if (takenBack.has(id)) continue;
      takenBack.add(id);
      const since = asked.get(id)?.at ?? at;
      asked.delete(id);
      if (outcome === 'refused') truth.refused(sandbox.id, command.type, reason, at, id);
      teller.own(actor, sandbox.id, {
        type: '@sandbox-lifecycle.rolledBack',
        event: command.type,
        prediction: id,
        reason: truth.tellable(sandbox.id, command.type, reason),
        latencyMs: at - since,
        at,
      });
    }
    for (const [id, { event, at: since }] of asked) {
      if (pending.some((command) => command.id === id)) continue;
      asked.delete(id);
      const message = {
        type: '@sandbox-lifecycle.confirmed',
        event,
        prediction: id,
        latencyMs: at - since,
        at,
      } as const;
      teller.own(actor, sandbox.id, message);
    }
    for (const id of takenBack) if (!rollbacks.some((rollback) => rollback.id === id)) takenBack.delete(id);
  }

  look();
  return client.subscribe(look);
}
