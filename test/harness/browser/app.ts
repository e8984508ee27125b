import { createBrowserInspector } from '@statelyai/inspect';
import { createActor } from 'xstate';
import { type InspectOptions, inspectLifecycle } from '../../../src/inspect/index.ts';
import { sandboxMachine } from '../../../src/machine/index.ts';

/** Runs the whole life of a sandbox with the official inspector. */
function runOfficial(options: Parameters<typeof createBrowserInspector>[0]): void {
  const inspector = createBrowserInspector(options);
  const input = { id: 'a1', name: 'ada', timeoutMs: 60_000, at: 1_000 };
  const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
  for (const event of [
    { type: 'boot.completed', operation: 1, at: 2_000 },
    { type: 'snapshot', snapshotId: 's1', at: 3_000 },
    { type: 'snapshot.completed', operation: 2, at: 4_000 },
    { type: 'suspend', at: 5_000 },
    { type: 'suspend.completed', operation: 3, at: 6_000 },
    { type: 'resume', at: 7_000 },
    { type: 'resume.completed', operation: 4, at: 8_000 },
    { type: 'terminate', at: 9_000 },
  ] as const) {
    actor.send(event);
  }
}

/** Sends a late report and a refused command with our inspector. */
function runOurs(options: InspectOptions): void {
  const inspector = inspectLifecycle(options);
  const input = { id: 'a1', name: null, at: 1_000 };
  const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
  actor.send({ type: 'boot.completed', operation: 1, at: 2_000 });
  actor.send({ type: 'boot.completed', operation: 1, at: 2_000 });
  actor.send({ type: 'suspend', at: 3_000 });
}

Object.assign(globalThis, { runOfficial, runOurs });
