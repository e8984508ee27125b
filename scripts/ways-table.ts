import { commands, reports } from '../src/machine/events.ts';
import { applicableEvents, fittingEvent } from '../src/machine/fitting.ts';
import type { Sandbox } from '../src/machine/sandbox.ts';
import { stateOf } from '../src/machine/table.ts';
import { createSandbox, transition } from '../src/machine/transition.ts';

const events = [...commands, ...reports, 'timeout'] as const;

/**
 * What every event does to every kind of sandbox, asked of the machine: where it leads, as `→ running`, or why it does not.
 * A kind is a state, with or without a name and a limit; nothing else of a record tells.
 */
export function waysTable(): Record<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();

  const visit = (sandbox: Sandbox): void => {
    const { name, timeoutMs } = sandbox;
    const kind = [stateOf(sandbox), name !== null && 'named', timeoutMs !== null && 'limited'];
    const key = kind.filter(Boolean).join(' ');
    if (found.has(key)) return;
    found.set(
      key,
      events.map((type) => wayOf(type, sandbox)),
    );
    for (const event of applicableEvents(sandbox)) visit(transition(sandbox, event).sandbox);
  };

  for (const name of ['ada', null])
    for (const timeoutMs of [1, null]) visit(createSandbox({ id: 'any', name, timeoutMs, at: 0 }).sandbox);
  return Object.fromEntries(found);
}

function wayOf(type: (typeof events)[number], sandbox: Sandbox): string {
  const { outcome, sandbox: next, refusal, reason } = transition(sandbox, fittingEvent(type, sandbox));
  if (outcome === 'applied') return `→ ${stateOf(next)}`;
  if (outcome === 'refused') return refusal.message;
  if (reason === 'satisfied') return 'There is nothing to do: that holds already.';
  if (reason === 'joined') return 'It is under way already.';
  if (reason === 'not_due') return 'No deadline runs.';
  return type === 'crashed' ? 'Nothing runs.' : `No ${type.split('.')[0]} is in flight.`;
}

/** The source of the file that holds the table. */
export function compileWays(): string {
  return `// Generated from src/machine/lifecycle.ts by \`npm run generate\`. Change the machine, not this file.

/** What every event does to every kind of sandbox, in the order of the events. */
export const ways: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(waysTable(), undefined, 2)};
`;
}
