import { nextDeadline } from '../model/duties.ts';
import { type EventType, eventTypes, type SandboxEvent } from '../model/events.ts';
import { latestInstantMs, type Sandbox } from '../model/sandbox.ts';
import { transition } from './transition.ts';

/** Creates an event of this type that is likely to be applied: it answers the operation in flight, is due, and changes something. */
export function sampleEvent(type: EventType, sandbox: Sandbox): SandboxEvent {
  const at = nextDeadline(sandbox) ?? sandbox.updatedAt;
  return {
    type,
    at: Math.min(at, latestInstantMs),
    operation: sandbox.operations,
    incarnation: sandbox.incarnation ?? 0,
    version: sandbox.version,
    deadline: (sandbox.operation?.deadline ?? 0) + 1,
    exitCode: 0,
    idleTimeoutMs: sandbox.idleTimeoutMs === 60_000 ? null : 60_000,
    snapshotId: 'snapshot',
    name: sandbox.name === 'ada' ? 'grace' : 'ada',
    pendingReason: sandbox.pendingReason === 'scheduling' ? 'waiting_for_container' : 'scheduling',
    reason: '',
  } as unknown as SandboxEvent;
}

/** Creates one event of each type that would be applied now, or once it is due. */
export function applicableEvents(sandbox: Sandbox): SandboxEvent[] {
  return eventTypes
    .map((type) => sampleEvent(type, sandbox))
    .filter((event) => transition(sandbox, event).outcome === 'applied');
}
