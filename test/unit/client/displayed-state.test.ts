import { expect, test } from 'vitest';
import { createSandboxClient, type DisplayedSandbox, displayStatusOf } from '../../../src/client/index.ts';
import { createSandbox, type Sandbox, type SandboxEvent, transition } from '../../../src/index.ts';
import { runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';

const after = (sandbox: Sandbox, ...events: SandboxEvent[]) =>
  events.reduce((record, event) => transition(record, event).sandbox, sandbox);

const suspendedSandbox = after(
  runningSandbox(),
  { type: 'suspend', at: 3000 },
  { type: 'suspend.completed', operation: 2, at: 4000 },
);

/** A client of a known record, which sends nothing. */
const clientOf = (initial: DisplayedSandbox) =>
  createSandboxClient({ id: initial.id, transport: scriptedTransport(runningSandbox()), initial });

function satisfied(initial: DisplayedSandbox): string[] {
  const { commands } = clientOf(initial).getSnapshot();
  return Object.entries(commands)
    .filter(([, { isSatisfied }]) => isSatisfied)
    .map(([name]) => name);
}

test('a command is satisfied when its goal holds already', () => {
  expect(satisfied(runningSandbox())).toEqual(['resume', 'keepalive']);
  expect(satisfied(suspendedSandbox)).toContain('suspend');
  expect(satisfied(after(runningSandbox(), { type: 'terminate', at: 3000 }))).toContain('terminate');
});

test('keepalive is not satisfied as long as there is an idle limit that it would restart', () => {
  const { sandbox } = createSandbox({ id: 'a1', name: 'a', idleTimeoutMs: 5000, at: 1000 });
  expect(satisfied(after(sandbox, { type: 'boot.completed', operation: 1, at: 2000 }))).toEqual(['resume']);
});

test('a command with arguments is never satisfied by its name alone', () => {
  const { sandbox } = createSandbox({ id: 'a1', name: 'name', timeoutMs: 1, at: 1000 });
  expect(satisfied(after(sandbox, { type: 'boot.completed', operation: 1, at: 2000 }))).not.toContain(
    'rename',
  );
});

test('the displayed status shows a resume and a predicted end', () => {
  const resuming = after(suspendedSandbox, { type: 'resume', at: 5000 });
  expect(clientOf(resuming).getSnapshot().displayStatus).toBe('resuming');
  const ended = after(runningSandbox(), { type: 'terminate', at: 3000 });
  expect(displayStatusOf(ended, runningSandbox())).toBe('terminating');
  expect(displayStatusOf(ended, ended)).toBe('terminated');
  expect(displayStatusOf({ ...runningSandbox(), status: 'migrating' })).toBe('migrating');
});
