import { applicableEvents, sampleEvent } from '../src/machine/sample-event.ts';
import { stateOf } from '../src/machine/table.ts';
import { createSandbox, transition } from '../src/machine/transition.ts';
import { commands, reports } from '../src/model/events.ts';
import type { Sandbox } from '../src/model/sandbox.ts';

const events = [...commands, ...reports, 'timeout'] as const;

/** What every event does to every kind of sandbox, with each sentence once. */
interface Ways {
  /**
   * For each state, first of named sandboxes with a limit, then without, then of ephemeral ones: a digit to the base 36 for
   * each event, which of the outcomes it has.
   */
  readonly ways: Readonly<Record<string, readonly string[]>>;
  /** Where an event leads, as `→ running`, or why it does not. */
  readonly outcomes: readonly string[];
}

/**
 * What every event does to every kind of sandbox, asked of the machine. A kind is a state, with or without a name and a limit;
 * nothing else of a record tells.
 */
export function waysTable(): Ways {
  const ways: Record<string, string[]> = {};
  const outcomes: string[] = [];

  const digitOf = (words: string): string => {
    if (!outcomes.includes(words)) outcomes.push(words);
    return outcomes.indexOf(words).toString(36);
  };
  const visit = (sandbox: Sandbox): void => {
    const kinds = ways[stateOf(sandbox)] ?? [];
    ways[stateOf(sandbox)] = kinds;
    const kind = (sandbox.name === null ? 2 : 0) + (sandbox.timeoutMs === null ? 1 : 0);
    if (kinds[kind] !== undefined) return;
    kinds[kind] = events.map((type) => digitOf(wayOf(type, sandbox))).join('');
    for (const event of applicableEvents(sandbox)) visit(transition(sandbox, event).sandbox);
  };

  for (const name of ['ada', null])
    for (const timeoutMs of [1, null]) visit(createSandbox({ id: 'any', name, timeoutMs, at: 0 }).sandbox);
  if (outcomes.length > 36)
    throw new Error('There are more outcomes than digits; write them in another way.');
  return { ways, outcomes };
}

function wayOf(type: (typeof events)[number], sandbox: Sandbox): string {
  const { outcome, sandbox: next, refusal, reason } = transition(sandbox, sampleEvent(type, sandbox));
  if (outcome === 'applied') return `→ ${stateOf(next)}`;
  if (outcome === 'refused') return withBlanks(refusal.message, type, sandbox);
  if (reason === 'satisfied') return 'There is nothing to do: that holds already.';
  if (reason === 'joined') return 'It is under way already.';
  if (reason === 'not_due') return 'No deadline runs.';
  return type === 'crashed' ? 'Nothing runs.' : 'No {event} is in flight.';
}

/** A refusal with blanks for what it says of this event and this sandbox, so that it is the same for the others. */
function withBlanks(message: string, type: string, { status, operation }: Sandbox): string {
  return message
    .replace(`Cannot ${type.replace('keepalive', 'keep alive')} `, 'Cannot {event} ')
    .replaceAll(` ${status} `, ' {status} ')
    .replace(` ${operation?.kind} `, ' {work} ');
}

/** The source of the file that holds the table. */
export function compileWays(): string {
  const { ways, outcomes } = waysTable();
  return `// Generated from src/machine/lifecycle.ts by \`npm run generate\`. Change the machine, not this file.

/**
 * What can become of an event: where it leads, or why it does not. \`{event}\` is its first word, \`{status}\` and \`{work}\` are
 * those of the sandbox.
 */
export const outcomes: readonly string[] = ${JSON.stringify(outcomes, undefined, 2)};

/**
 * By the state, first of named sandboxes with a limit, then without, then of ephemeral ones: the number of what becomes of
 * every event, in their order, as a digit to the base 36.
 */
export const ways: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(ways, undefined, 2)};
`;
}
