import { createSandbox, type SandboxEvent, transition } from '../../../src/index.ts';
import { createMessageBuffer } from '../../../src/inspect/protocol/message-buffer.ts';
import type { InspectorMessage } from '../../../src/inspect/protocol/messages.ts';
import { redaction } from '../../../src/inspect/protocol/redaction.ts';
import { type ObservedState, observeClient } from '../../../src/inspect/sources/client.ts';
import { createConfirmedState, type Step } from '../../../src/inspect/sources/confirmed.ts';
import { createMessageWriter } from '../../../src/inspect/sources/message-writer.ts';

type EventLike = { readonly type: string; readonly [field: string]: unknown };

/**
 * Records a session with everything that an inspector can show: confirmed predictions and one that is rolled back, a
 * refusal, a failed operation, and a client that is ahead of the server at the end. The session is the same every time.
 */
export function recordedSession(): { messages: readonly InspectorMessage[]; steps: readonly Step[] } {
  let at = 1_795_000_000_000;
  const buffer = createMessageBuffer(1_000);
  const writer = createMessageWriter(redaction([]), { buffer, send: () => undefined }, () => at);
  const confirmed = createConfirmedState(writer);
  const steps: Step[] = [];
  const listeners: (() => void)[] = [];

  let { sandbox } = createSandbox({ id: 's7jus08q', name: 'my-env', timeoutMs: 300_000, at });
  let state: ObservedState = { confirmed: sandbox, sandbox, pending: [], rollbacks: [] };
  const client = {
    getSnapshot: () => state,
    subscribe: (listener: () => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const set = (next: Partial<ObservedState>) => {
    state = { ...state, ...next };
    for (const listener of listeners) listener();
  };
  const step = (event: object) => {
    steps.push({ event, at, sandbox });
    confirmed.step({ event, at, sandbox });
  };

  /** Sends an event to the sandbox after `afterMs`. */
  const apply = (input: EventLike, afterMs: number) => {
    at += afterMs;
    const event = { ...input, at } as unknown as SandboxEvent;
    const { outcome, sandbox: next, refusal } = transition(sandbox, event);
    sandbox = next;
    if (outcome === 'applied') step(event);
    if (refusal) confirmed.refused(sandbox.id, event.type, refusal, at);
    set({ confirmed: sandbox, sandbox, pending: [] });
  };
  /** Sends a command to the client after `afterMs`. */
  const predict = (id: string, input: EventLike, afterMs: number) => {
    at += afterMs;
    const command = { ...input, at } as unknown as SandboxEvent;
    set({ pending: [{ id, command }], sandbox: transition(sandbox, command).sandbox });
    return { id, command };
  };

  step({ type: 'created', name: 'my-env', timeoutMs: 300_000, at });
  observeClient(client, writer, confirmed);
  apply({ type: 'boot.progressed', operation: 1, pendingReason: 'waiting_for_container' }, 420);
  apply({ type: 'boot.completed', operation: 1 }, 1_340);
  predict('c1', { type: 'snapshot', snapshotId: 'before-upgrade' }, 8_200);
  apply({ type: 'snapshot', snapshotId: 'before-upgrade' }, 62);
  apply({ type: 'suspend' }, 900);
  apply({ type: 'snapshot.completed', operation: 2 }, 2_710);
  predict('c2', { type: 'suspend' }, 4_000);
  apply({ type: 'suspend' }, 48);
  apply({ type: 'suspend.failed', operation: 3, reason: 'the disk is full' }, 5_200);
  const rename = predict('c3', { type: 'rename', name: 'build' }, 2_000);
  at += 71;
  const reason = {
    code: 'rejected',
    message: 'The name "build" is taken by another sandbox; choose another, or terminate that one first.',
  };
  set({ pending: [], sandbox, rollbacks: [{ ...rename, outcome: 'refused', reason }] });
  apply({ type: 'suspend' }, 6_000);
  apply({ type: 'suspend.completed', operation: 4 }, 3_050);
  predict('c4', { type: 'resume' }, 9_000);
  apply({ type: 'resume' }, 55);
  apply({ type: 'resume.completed', operation: 5 }, 880);
  apply({ type: 'setTimeouts', idleTimeoutMs: 120_000, suspendedTimeoutMs: 86_400_000 }, 4_000);
  apply({ type: 'configure' }, 3_000);
  predict('c5', { type: 'suspend' }, 20_000);
  return { messages: buffer.replay(), steps };
}
