import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { commands, createSandbox, type Sandbox, type SandboxEvent, transition, why } from '../src/index.ts';
import { leavesOf, readActions, statusAfter, transitionsOf } from './compile-table.ts';

/** Writes docs/states.md from the machine: its states and transitions, the changes of status, and the outcome of each command. */
export function statesPage(machine: AnyStateMachine): string {
  const leaves = leavesOf(machine.root);
  return `<!-- Generated from src/machine/lifecycle.ts by \`npm run generate\`. Change the machine, not this file. -->

# States

${machine.root.description}

![The chart of the machine](lifecycle.svg)

The API shows six statuses. The machine divides \`suspended\` into \`suspended.idle\` and \`suspended.resuming\`; the API
shows both as \`suspended\`, because Tensorlake has no status between Suspended and Running. [contract.md](contract.md) has the rules behind this page.

${Object.values(machine.root.states).map(section).join('\n')}
## Changes of status

These changes of status can be observed, and no others:

${edges(leaves)
  .map((edge) => `- ${edge}`)
  .join('\n')}

## Commands

The outcome of each command in each state. "yes" means applied. \`satisfied\` and \`joined\` are reasons for unchanged: the goal
of the command already holds, or is in progress. The other words are codes of refusals; \`why(sandbox, command)\` returns
the sentence.

${commandTable()}

A refusal has the first code that applies: \`terminal\` (the sandbox is terminated), \`ephemeral\` (\`suspend\` without a name),
\`busy\` (an operation is in flight) or \`not_running\`. \`invalid\` (a bad argument) is used only where the command is
allowed. For example:

${sentences()
  .map((sentence) => `> ${sentence}`)
  .join('\n>\n')}
`;
}

function section(node: AnyStateNode): string {
  const own = [...node.transitions.values()].flat();
  const rows = own.map(
    (transition) =>
      `| \`${transition.eventType}\` | ${guardText(transition.guard)} | ${targetText(transition)} | ${transition.description ?? ''} | ${effectText(transition.actions)} |`,
  );
  const table =
    rows.length === 0
      ? ''
      : `| event | guard | to | description | effect |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  const depth = '#'.repeat(node.path.length + 1);
  const inner = Object.values(node.states).map(section).join('\n');
  return `${depth} ${node.path.join('.')}\n\n${node.description}\n${table && `\n${table}`}${inner && `\n${inner}`}`;
}

type Transition = ReturnType<typeof transitionsOf> extends Map<string, (infer One)[]> ? One : never;

function guardText(guard: unknown): string {
  return guard === undefined ? '' : `\`${String(guard)}\``;
}

function targetText(transition: Transition): string {
  return transition.target?.[0] === undefined ? 'the same' : `\`${transition.target[0].path.join('.')}\``;
}

function effectText(actions: readonly unknown[]): string {
  return readActions('a row', actions)
    .effects.map((name) => `\`${name.replace('request', '').toLowerCase()}\``)
    .join(', ');
}

function edges(leaves: readonly AnyStateNode[]): string[] {
  const found = leaves.flatMap((leaf) =>
    [...transitionsOf(leaf).values()]
      .flat()
      .map((transition) => [leaf.path[0], statusAfter(leaf, transition)] as const),
  );
  return [...new Set(found.filter(([from, to]) => from !== to).map(([from, to]) => `${from} → ${to}`))];
}

/** One record for each column. Events lead to each of them, so the page shows only reachable states. */
function columns(): readonly (readonly [title: string, sandbox: Sandbox])[] {
  const live = (name: string | null) => {
    const pending = createSandbox({
      id: 'sandbox',
      name,
      timeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      at: 0,
    }).sandbox;
    const running = transition(pending, { type: 'boot.completed', operation: 1, at: 1 }).sandbox;
    const snapshotting = transition(running, { type: 'snapshot', snapshotId: 'snapshot', at: 2 }).sandbox;
    const suspending = transition(running, { type: 'suspend', at: 2 }).sandbox;
    return { pending, running, snapshotting, suspending };
  };
  const named = live('name');
  const suspended = transition(named.suspending, { type: 'suspend.completed', operation: 2, at: 3 }).sandbox;
  const resuming = transition(suspended, { type: 'resume', at: 4 }).sandbox;
  const terminated = transition(named.running, { type: 'terminate', at: 2 }).sandbox;
  return [
    ['pending, ephemeral', live(null).pending],
    ['pending, named', named.pending],
    ['running, ephemeral', live(null).running],
    ['running, named', named.running],
    ['snapshotting', named.snapshotting],
    ['suspending', named.suspending],
    ['suspended', suspended],
    ['resuming', resuming],
    ['terminated', terminated],
  ];
}

function commandTable(): string {
  const titles = columns().map(([title]) => title);
  const rows = commands.map((type) => {
    const outcomes = columns().map(([, sandbox]) => {
      const event = {
        type,
        at: sandbox.updatedAt + 1,
        snapshotId: 'snapshot',
        name: 'another',
        idleTimeoutMs: 1,
      } as const;
      const { reason, refusal } = transition(sandbox, event as SandboxEvent);
      if (refusal) return `\`${refusal.code}\``;
      return reason === undefined ? 'yes' : `\`${reason}\``;
    });
    return `| \`${type}\` | ${outcomes.join(' | ')} |`;
  });
  return `| | ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length + 1)}\n${rows.join('\n')}`;
}

/** One refusal sentence for each code. */
function sentences(): string[] {
  const refusals = columns().flatMap(([, sandbox]) =>
    commands.flatMap((command) => {
      const refusal = why(sandbox, command);
      return refusal ? [refusal] : [];
    }),
  );
  const codes = [...new Set(refusals.map(({ code }) => code))];
  return codes.map((code) => refusals.find((refusal) => refusal.code === code)?.message ?? '');
}
