import { leavesOf, readActions, transitionsOf } from '../../../scripts/compile-table.ts';
import { sandboxMachine } from '../../../src/machine/index.ts';

/** The guards of the machine in the words of the contract. */
const words: Readonly<Record<string, string>> = {
  answersOperation: 'op',
  hasNewPendingReason: 'op, other reason',
  isNewName: 'other name',
  isDue: 'due',
  isDueAndNamed: 'due, named',
  isNamed: 'named',
  isSameIncarnation: 'same incarnation',
  movesIdleLimitLater: 'later',
  setsOtherTimeouts: 'other limits',
  isOtherDeadline: 'op, other deadline',
  isSameVersion: 'same version',
  isSuccessfulExit: 'same incarnation, exit code 0',
  hasSnapshotId: 'id',
};

/** Every transition of the XState machine as one line: `from event [guards] to effect`. */
export function machineRows(): string[] {
  return leavesOf(sandboxMachine.root)
    .flatMap((leaf) =>
      [...transitionsOf(leaf)].flatMap(([type, transitions]) =>
        transitions.map(({ guard, target, source, actions }) => {
          const condition = guard === undefined ? '' : `[${words[String(guard)]}]`;
          // A transition without a target stays in the state that defines it: for `suspended`, in both of its children.
          const to = (target?.[0] ?? source).path.join('.');
          const { effects } = readActions(type, actions);
          const requested = effects.map((name) => name.replace('request', '').toLowerCase());
          return [leaf.path.join('.'), type, condition, to, ...requested].filter(Boolean).join(' ');
        }),
      ),
    )
    .sort();
}
