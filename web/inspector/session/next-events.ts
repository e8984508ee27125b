import { refuse } from '../../../src/guards/command.ts';
import { chooseFrom } from '../../../src/machine/choose.ts';
import { sampleEvent } from '../../../src/machine/sample-event.ts';
import { table } from '../../../src/machine/table.generated.ts';
import { type Candidate, stateOf } from '../../../src/machine/table.ts';
import { nextDeadline } from '../../../src/model/duties.ts';
import { type EventType, eventTypes, type SandboxEvent } from '../../../src/model/events.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { Sandbox } from '../../../src/model/sandbox.ts';
import type { StateAt } from './state-at.ts';

/** An event, with the state that it would lead to now, or with the reason why the machine would not apply it. */
export interface NextEvent {
  readonly type: EventType;
  readonly mayHappen: boolean;
  /** `→ running`, or a sentence. */
  readonly words: string;
  /** When it is due, in epoch ms. */
  readonly dueAt?: number | null;
}

/** Evaluates an event of every type. Returns nothing for a record that the machine cannot have. */
export function nextEvents({ path, context }: StateAt): NextEvent[] {
  const sandbox = { ...context, status: path.split('.')[0] } as unknown as Sandbox;
  if (stateOf(sandbox) !== path) return [];
  try {
    return eventTypes.map((type) => nextEvent(type, sandbox));
  } catch {
    return [];
  }
}

function nextEvent(type: EventType, sandbox: Sandbox): NextEvent {
  const event = sampleEvent(type, sandbox);
  const row = table.states[stateOf(sandbox)];
  const choice = chooseFrom(row.on.get(type), row, sandbox, type, event, event.at);
  if (typeof choice === 'string')
    return { type, mayHappen: false, words: unchanged[choice] ?? staleWords(type) };
  if ('code' in choice) return { type, mayHappen: false, words: refuse(choice, sandbox, type).message };
  const dueAt = type === 'timeout' ? nextDeadline(sandbox) : null;
  return { type, mayHappen: true, words: `→ ${stateAfter(sandbox, event, choice)}`, dueAt };
}

/** A policy without limits, because no state depends on them. */
const policy = { operationLimitSeconds: {} } as Policy;

/** Within `suspended`, the state also depends on the fields that the update changes. */
function stateAfter(sandbox: Sandbox, event: SandboxEvent, { status, update }: Candidate): string {
  if (status !== 'suspended') return status;
  const draft = { ...sandbox, status };
  // The build of the page removes the updates that stay in the state.
  (update as typeof update | undefined)?.(draft, event as never, event.at, policy);
  return stateOf(draft);
}

/** The reasons why an event would change nothing. A stale event has a sentence of its own. */
const unchanged: Readonly<Record<string, string>> = {
  satisfied: 'Nothing to change: the sandbox is already in that state.',
  joined: 'The operation is already in progress.',
  not_due: 'No deadline runs.',
};

const staleWords = (type: EventType) =>
  stale[type] ?? `No ${type === 'deadline.moved' ? 'operation' : type.split('.')[0]} is in progress.`;

/** The reports that answer no operation. */
const stale: { readonly [Type in EventType]?: string } = {
  crashed: 'Nothing is running.',
  exited: 'Nothing is running, or a suspend is in progress.',
  lost: 'Not suspended, or a resume is in progress.',
};
