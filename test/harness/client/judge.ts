import type {
  CommandInput as Asking,
  SandboxClient,
  SandboxView,
  Settlement,
} from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import { holdAgainst, must } from './laws.ts';
import type { SimulatedServer } from './server.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

/** What one page shows of one sandbox. */
export interface View {
  readonly client: SandboxClient;
  /** Whether the page has gone. */
  isGone: boolean;
  /** What it showed when it was last looked at. */
  last: SandboxView;
  /** Every rollback that it ever showed, with its outcome. */
  readonly rollbacks: Map<string, string>;
}

/** A command that a person asked for, and what came of it. */
export interface Asked {
  readonly id: string;
  readonly view: View;
  readonly at: number;
  readonly promised: { settlement?: Settlement; at?: number };
  readonly predicted: Sandbox | null;
  /** The version that nothing but the command itself may follow for the prediction to have to hold. */
  readonly unopposedAfter: number | null;
}

/** The case of one sandbox: what really happened to it, and what is judged. */
export interface Case {
  readonly world: World;
  readonly server: SimulatedServer;
  readonly isVersioned: boolean;
  /** Whether the server's list leaves out what has ended, so that the end is told by nothing else. */
  readonly leavesOut: boolean;
  readonly tally: Tally;
  readonly views: View[];
  readonly asked: Map<string, Asked>;
  /** Who sent each command. */
  readonly senders: Map<string, Set<View>>;
}

/** Holds every law about one sandbox against the pages that show it. */
export interface Judge extends Case {
  /** A page that shows the sandbox from now on. */
  see(client: SandboxClient): View;
  look(view: View): void;
  lookAll(): void;
  /** Looks while the client's own code is running: what is found is told once that has come to its end. */
  glance(view: View): void;
  ask(view: View, asking: Asking, isConditional: boolean): void;
  sent(id: string, by: View): void;
  /** Whether all that was asked for has come to its end, where somebody is left to be told. */
  isSettled(): boolean;
}

/** A judge of one sandbox. */
export function createJudge(
  given: Pick<Case, 'world' | 'server' | 'isVersioned' | 'leavesOut' | 'tally'>,
): Judge {
  const { world, server, isVersioned, tally } = given;
  const own: Case = { ...given, views: [], asked: new Map(), senders: new Map() };
  const { views, asked, senders } = own;
  let breach: unknown;

  function note(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      breach ??= error;
    }
  }

  function look(view: View): void {
    if (view.isGone) return;
    const snapshot = view.client.getSnapshot();
    must(snapshot === view.client.getSnapshot(), 'a snapshot is the same until something changes');
    const before = view.last;
    if (snapshot === before) return;
    view.last = snapshot;
    holdAgainst(own, view, before, snapshot);
    for (const entry of snapshot.pending) if (entry.state === 'unknown') tally.count('unknown');
    tally.count(`connection ${snapshot.connection}`);
  }

  return {
    ...own,
    look,
    see(client) {
      const view: View = { client, isGone: false, last: client.getSnapshot(), rollbacks: new Map() };
      views.push(view);
      return view;
    },
    lookAll() {
      if (breach) throw breach;
      for (const view of views) look(view);
    },
    glance: (view) => note(() => look(view)),
    ask(view, asking, isConditional) {
      look(view);
      const before = view.last;
      const record = server.record();
      const isAllowed = view.client.can(asking);
      const isKnown = before.confirmed?.version === record.version && before.pending.length === 0;
      const ifVersion = isConditional && isVersioned ? before.confirmed?.version : undefined;
      const { id, settled } = view.client.send(asking, { ifVersion });
      const promised: Asked['promised'] = {};
      settled.then((settlement) =>
        note(() => {
          must(promised.settlement === undefined, 'a command settles once');
          Object.assign(promised, { settlement, at: world.now() });
          // Judged at once as well, so that a command that settles is never one that the page goes on to hide.
          if (settlement.outcome === 'applied' || settlement.outcome === 'unchanged') look(view);
        }),
      );
      look(view);
      asked.set(id, {
        id,
        view,
        at: world.now(),
        promised,
        predicted: view.last.sandbox as Sandbox | null,
        unopposedAfter: isKnown && isAllowed ? record.version : null,
      });
      must(
        !isAllowed || view.last.sandbox?.status === before.sandbox?.status || view.last.pending.length > 0,
        'what is predicted is pending',
      );
    },
    sent(id, by) {
      senders.set(id, (senders.get(id) ?? new Set()).add(by));
    },
    isSettled: () => [...asked.values()].every(({ view, promised }) => view.isGone || promised.settlement),
  };
}
