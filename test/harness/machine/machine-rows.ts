import { leavesOf, readActions, transitionsOf } from '../../../scripts/compile-table.ts';
import { sandboxMachine } from '../../../src/machine/index.ts';

/** The guards of the machine in the contract's own words. */
const words: Readonly<Record<string, string>> = {
  answersOperation: 'op',
  hasNewPendingReason: 'op, other reason',
  isNewName: 'other name',
  isDue: 'due',
  isDueAndNamed: 'due, named',
  isNamed: 'named',
  isSameIncarnation: 'same incarnation',
  movesLimitLater: 'later',
  hasSnapshotId: 'id',
};

/** Every transition of the machine as one line, read from the XState machine itself: `from event [guards] to effect`. */
export function machineRows(): string[] {
  return leavesOf(sandboxMachine.root)
    .flatMap((leaf) =>
      [...transitionsOf(leaf)].flatMap(([type, ways]) =>
        ways.map((way) => {
          const guard = way.guard === undefined ? '' : `[${words[String(way.guard)]}]`;
          // A transition without a target stays where it was defined: for `suspended`, in either half.
          const to = (way.target?.[0] ?? way.source).path.join('.');
          const { effects } = readActions(type, way.actions);
          const asked = effects.map((name) => name.replace('request', '').toLowerCase());
          return [leaf.path.join('.'), type, guard, to, ...asked].filter(Boolean).join(' ');
        }),
      ),
    )
    .sort();
}
