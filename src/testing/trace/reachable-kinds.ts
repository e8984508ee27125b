import { applicableEvents } from '../../machine/sample-event.ts';
import { stateOf } from '../../machine/table.ts';
import { createSandbox, transition } from '../../machine/transition.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';

/** A class of records with the same possible events: the state of the machine, and whether the sandbox has a name. */
export interface Kind {
  readonly status: Status;
  readonly named: boolean;
  /** The kinds that one applied event leads to. */
  readonly next: ReadonlySet<Kind>;
}

/**
 * Every reachable kind of sandbox, found by walking the machine from a new sandbox with a name and a new one without.
 * The kinds of these two come first.
 */
const { kinds, newborn } = walk();

export { newborn };

function walk(): { kinds: readonly Kind[]; newborn: ReadonlySet<Kind> } {
  const found = new Map<string, Kind>();

  const visit = (sandbox: Sandbox): Kind => {
    const named = sandbox.name !== null;
    const key = `${stateOf(sandbox)} ${named}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const next = new Set<Kind>();
    const kind: Kind = { status: sandbox.status, named, next };
    found.set(key, kind);
    for (const event of applicableEvents(sandbox)) next.add(visit(transition(sandbox, event).sandbox));
    return kind;
  };

  const born = ['ada', null].map(
    (name) => createSandbox({ id: 'any', name, timeoutMs: 1, suspendedTimeoutMs: 1, at: 0 }).sandbox,
  );
  const newborn = new Set(born.map(visit));
  return { kinds: [...found.values()], newborn };
}

/** The kinds that exactly this many applied events reach from any of these kinds. */
export function after(from: ReadonlySet<Kind>, events: number): ReadonlySet<Kind> {
  let now = from;
  // Every kind with an outgoing event also has an event that keeps it, so more steps than kinds reach nothing new.
  for (let step = 0; step < Math.min(events, kinds.length); step += 1) {
    now = new Set([...now].flatMap((kind) => [...kind.next]));
  }
  return now;
}

/** The kinds that any number of applied events, including 0, reach from any of these kinds. */
export function everAfter(from: ReadonlySet<Kind>): ReadonlySet<Kind> {
  return closure(from, () => true);
}

/** The kinds that events reach which change the status at most once. */
export function changedOnce(from: ReadonlySet<Kind>): ReadonlySet<Kind> {
  const kept = closure(from, sameStatus);
  return closure(new Set([...kept, ...after(kept, 1)]), sameStatus);
}

/** The kinds that events reach which do not change the status. */
export function unchanged(from: ReadonlySet<Kind>): ReadonlySet<Kind> {
  return closure(from, sameStatus);
}

const sameStatus = (kind: Kind, next: Kind) => kind.status === next.status;

function closure(from: ReadonlySet<Kind>, may: (kind: Kind, next: Kind) => boolean): ReadonlySet<Kind> {
  const reached = new Set(from);
  for (const kind of reached) for (const next of kind.next) if (may(kind, next)) reached.add(next);
  return reached;
}
