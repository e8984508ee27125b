import { expect, test, vi } from 'vitest';
import { createActor } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { defaultPolicy } from '../../../src/index.ts';
import { sandboxMachine, toSandbox, toSnapshot } from '../../../src/machine/index.ts';
import { records } from '../../harness/machine/records.ts';

const start = (snapshot: unknown) => {
  const actor = createActor(sandboxMachine, { snapshot: snapshot as never });
  actor.subscribe({ error: () => {} });
  return actor.start();
};

test.each([
  [{ type: 'suspend' }, /^Rejected suspend: event\.at must be a whole number/],
  [
    { type: 'rename', name: undefined, at: 3 },
    'Rejected rename: event.name must be a string, but is undefined.',
  ],
  [
    { type: 'snapshot', snapshotId: 7, at: 3 },
    'Rejected snapshot: event.snapshotId must be a string, but is 7.',
  ],
  [{ type: 'sleep', at: 3 }, /^event\.type must be one of suspend, /],
  [{ type: 'xstate.done.state.sandbox', at: 3 }, /^event\.type must be one of suspend, /],
])('an actor does not take %j, and says why until the next event', (event, sentence) => {
  const actor = start(toSnapshot(records.running));
  actor.send(event as never);
  expect(actor.getSnapshot().context.rejected).toEqual(expect.stringMatching(sentence));
  expect(toSandbox(actor.getSnapshot())).toEqual(records.running);
  actor.send({ type: 'resume', at: 9 });
  expect(actor.getSnapshot().context.rejected).toBeNull();
  expect(toSandbox(actor.getSnapshot())).toEqual(records.running);
});

test('an event that throws when it is read is not taken', () => {
  const actor = start(toSnapshot(records.running));
  const event = {
    type: 'suspend',
    get at(): number {
      throw new Error('no clock');
    },
  } as const;
  actor.send(event);
  expect(actor.getSnapshot().context.rejected).toBe('The event cannot be read.');
  expect(toSandbox(actor.getSnapshot())).toEqual(records.running);
});

test('snapshot.can is false for a malformed event', () => {
  const snapshot = toSnapshot(records.running);
  expect(snapshot.can({ type: 'suspend' } as never)).toBe(false);
  expect(snapshot.can({ type: 'suspend', at: 9 })).toBe(true);
});

test.each([
  [
    'context',
    { ...toSnapshot(records.running), context: { ...toSnapshot(records.running).context, version: 0 } },
  ],
  ['state', { ...toSnapshot(records.running), value: 'suspended' }],
  ['policy', { ...toSnapshot(records.running), context: { ...records.running, policy: {} } }],
  ['shape', {}],
])('an actor with a bad %s has the status error', (_part, snapshot) => {
  expect(start(snapshot).getSnapshot().status).toBe('error');
});

test('an actor with a bad policy in its input has the status error', () => {
  const policy = { ...defaultPolicy, suspendRetryDelaySeconds: Number.NaN };
  const actor = createActor(sandboxMachine, { input: { id: 'a', at: 1, policy } });
  actor.subscribe({ error: () => {} });
  expect(actor.start().getSnapshot().status).toBe('error');
  expect(() => toSnapshot(records.running, policy)).toThrow(/^policy\.suspendRetryDelaySeconds must be/);
});

test('what provide returns has the same checks', () => {
  const onSuspend = vi.fn();
  const machine = sandboxMachine.provide({ actions: { requestSuspend: onSuspend } });
  const actor = createActor(machine, { snapshot: toSnapshot(records.running) }).start();
  actor.send({ type: 'suspend' } as never);
  expect(onSuspend).not.toHaveBeenCalled();
  actor.send({ type: 'suspend', at: 9 });
  expect(onSuspend).toHaveBeenCalledOnce();
});

test('an actor can be stopped', () => {
  const actor = start(toSnapshot(records.running));
  actor.stop();
  expect(actor.getSnapshot().status).toBe('stopped');
  expect(toSandbox(actor.getSnapshot())).toEqual(records.running);
});

test('the paths of a model that sends bare types end in legal records', () => {
  const paths = getShortestPaths(sandboxMachine, { input: { id: 'a', name: 'ada', at: 0 }, limit: 3_000 });
  expect(paths.length).toBeGreaterThan(7);
  for (const { state } of paths) expect(toSandbox(state).status).toBe('pending');
});
