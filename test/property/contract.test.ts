import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  can,
  commands,
  createSandbox,
  defaultPolicy,
  duties,
  type Sandbox,
  type SandboxEvent,
  type Status,
  statuses,
  transition,
  why,
} from '../../src/index.ts';
import { stateOf } from '../../src/machine/table.ts';
import { brokenInvariant } from '../../src/model/invariants.ts';
import { parseEvent, parseSandbox } from '../../src/schema/index.ts';
import { type SandboxLife, sandboxEvents } from '../../src/testing/index.ts';
import { check } from '../harness/check.ts';
import { contractEdges, contractRows } from '../harness/machine/contract-table.ts';
import { actor, compiled, pure } from '../harness/machine/engines.ts';
import { hostileValues } from '../harness/machine/hostile.ts';
import { machineRows } from '../harness/machine/machine-rows.ts';
import { checkAgainstOracle } from '../harness/machine/proof.ts';
import { walkReachable } from '../harness/machine/reachable.ts';

const walks = sandboxEvents();

/** Runs a walk and calls `onStep` for every step. Returns the records, first to last. */
function run(
  { input, events }: SandboxLife,
  onStep: (before: Sandbox, event: SandboxEvent, result: ReturnType<typeof transition>) => void = () => {},
) {
  const records = [createSandbox(input).sandbox];
  for (const event of events) {
    const before = records.at(-1) as Sandbox;
    const result = transition(before, event);
    onStep(before, event, result);
    records.push(result.sandbox);
  }
  return records;
}

/** Checks a statement about every record of every walk. */
function always(holds: (sandbox: Sandbox) => boolean) {
  check(fc.property(walks, (walk) => run(walk).every(holds)));
}

/** Every reachable record, once each. */
function reachable(): Sandbox[] {
  const found = new Set<Sandbox>();
  walkReachable(
    (input) => createSandbox(input).sandbox,
    (before, event) => {
      found.add(before);
      return transition(before, event).sandbox;
    },
  );
  return [...found];
}

const present: readonly Status[] = ['running', 'snapshotting', 'suspending'];
const transient = ({ status, operation }: Sandbox) =>
  ['pending', 'snapshotting', 'suspending'].includes(status) ||
  (status === 'suspended' && operation !== null);

describe('safety', () => {
  test('(1) random lives take each of the twelve edges, and no other edge', () => {
    const taken = new Map<string, number>();
    check(
      fc.property(walks, (walk) => {
        run(walk, ({ status }, _event, { sandbox }) => {
          if (status === sandbox.status) return;
          const edge = `${status}→${sandbox.status}`;
          taken.set(edge, (taken.get(edge) ?? 0) + 1);
        });
      }),
      { numRuns: 2000 },
    );
    expect(new Set(taken.keys())).toEqual(new Set(contractEdges));
    for (const [edge, times] of taken) expect(times, edge).toBeGreaterThanOrEqual(10);
  });

  test('(2) an ephemeral sandbox is never suspending or suspended', () => {
    always(({ name, status }) => name !== null || (status !== 'suspending' && status !== 'suspended'));
  });

  test('(3) terminated is final', () => {
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, _event, { sandbox }) => {
          if (before.status === 'terminated') expect(sandbox).toBe(before);
        });
      }),
    );
  });

  test('(4) there is an operation exactly in the transient states', () => {
    always((sandbox) => (sandbox.operation !== null) === transient(sandbox));
  });

  test('(5) a stale or early event changes nothing', () => {
    const seen = new Set<string>();
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, event, { sandbox, outcome, reason }) => {
          const stale =
            ('operation' in event && event.operation !== before.operation?.id) ||
            ('incarnation' in event && event.incarnation !== before.incarnation) ||
            (event.type === 'lost' && event.version !== before.version);
          const early =
            event.type === 'timeout' && event.at < (duties(before).timeoutAt ?? Number.POSITIVE_INFINITY);
          if (!stale && !early) return;
          expect([sandbox === before, outcome, reason]).toEqual([
            true,
            'unchanged',
            stale ? 'stale' : 'not_due',
          ]);
          seen.add(`${reason} ${before.status}`);
        });
      }),
    );
    const each = (word: string) => statuses.map((status) => `${word} ${status}`);
    expect(seen).toEqual(new Set([...each('stale'), ...each('not_due')]));
  });

  test('(6) the version counts exactly the applied events', () => {
    check(
      fc.property(walks, (walk) => {
        let applied = 0;
        const records = run(walk, (_before, _event, { outcome }) => {
          if (outcome === 'applied') applied++;
        });
        expect(records.at(-1)?.version).toBe(1 + applied);
      }),
    );
  });

  test('(7) folding the applied events over the first record gives the last one', () => {
    check(
      fc.property(walks, (walk) => {
        const applied: SandboxEvent[] = [];
        const records = run(walk, (_before, event, { outcome }) => {
          if (outcome === 'applied') applied.push(event);
        });
        expect(run({ input: walk.input, events: applied }).at(-1)).toEqual(records.at(-1));
      }),
    );
  });

  test('(8) a refused or unchanged event returns the same object', () => {
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, _event, { outcome, sandbox, effects }) => {
          expect(sandbox === before).toBe(outcome !== 'applied');
          if (outcome !== 'applied') expect(effects).toEqual([]);
        });
      }),
    );
  });

  test('(9) malformed events do not corrupt a record', () => {
    const prototype = Object.getOwnPropertyNames(Object.prototype).length;
    check(
      fc.property(walks, hostileValues(), (walk, hostile) => {
        const before = run(walk).at(-1) as Sandbox;
        const kept = JSON.stringify(before);
        let path: unknown;
        let after = before;
        try {
          after = transition(before, hostile as SandboxEvent).sandbox;
        } catch (error) {
          path = (error as { path?: string }).path;
          expect(String(path)).toMatch(/^event/);
        }
        expect(JSON.stringify(before)).toBe(kept);
        expect(brokenInvariant(after)).toBeUndefined();
        expect(Object.keys(after)).toEqual(Object.keys(before));
        // The schema rejects every event that the core rejects. It also rejects unknown fields.
        if (path !== undefined) expect(() => parseEvent(hostile)).toThrow(/^event/);
        expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(prototype);
      }),
      { numRuns: 1000 },
    );
  });

  test('(10) a record survives a JSON round trip, byte for byte', () => {
    always((sandbox) => {
      const written = JSON.stringify(sandbox);
      return JSON.stringify(parseSandbox(JSON.parse(written))) === written;
    });
    check(
      fc.property(walks, (walk) => {
        let revived = createSandbox(walk.input).sandbox;
        for (const event of walk.events)
          revived = transition(JSON.parse(JSON.stringify(revived)), event).sandbox;
        expect(revived).toEqual(run(walk).at(-1));
      }),
    );
  });

  test('(11) outcome and terminatedAt are set exactly when terminated', () => {
    always(({ status, outcome, terminatedAt }) => {
      const ended = status === 'terminated';
      return (outcome !== null) === ended && (terminatedAt !== null) === ended;
    });
  });

  test('(12) pendingReason only in pending, snapshotId only in snapshotting, incarnation exactly where the sandbox runs', () => {
    always(
      ({ status, pendingReason, snapshotId, incarnation }) =>
        (pendingReason !== null) === (status === 'pending') &&
        (snapshotId !== null) === (status === 'snapshotting') &&
        (incarnation !== null) === present.includes(status),
    );
  });

  test('(12) each limit counts exactly while there is one and the sandbox is in a status that it limits', () => {
    always(
      (sandbox) =>
        (sandbox.expiresAt !== null) === (present.includes(sandbox.status) && sandbox.timeoutMs !== null) &&
        (sandbox.idleAt !== null) === (present.includes(sandbox.status) && sandbox.idleTimeoutMs !== null) &&
        (sandbox.discardAt !== null) ===
          (sandbox.status === 'suspended' && sandbox.suspendedTimeoutMs !== null),
    );
  });

  test('(13) there is at most one operation, with an id greater than all earlier ids', () => {
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, _event, { sandbox, effects }) => {
          const started = sandbox.operations - before.operations;
          expect([0, 1]).toContain(started);
          const requested = effects.flatMap((effect) =>
            effect.type === 'release' || effect.type === 'configure' ? [] : [effect.operation],
          );
          expect(requested).toEqual(started === 1 ? [sandbox.operations] : []);
          if (sandbox.operation) expect(sandbox.operation.id).toBe(sandbox.operations);
        });
      }),
    );
  });

  test('lastOperation is the operation that the event ended by itself, with its result, its reason and the time', () => {
    const seen = new Set<string>();
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, event, { sandbox, outcome }) => {
          const endsByItself =
            outcome === 'applied' &&
            before.operation !== null &&
            sandbox.operation === null &&
            (event.type === 'timeout' || 'operation' in event);
          if (!endsByItself) return expect(sandbox.lastOperation).toBe(before.lastOperation);
          const { id, kind } = before.operation;
          const result = event.type === 'timeout' ? 'timed_out' : event.type.split('.')[1];
          const reason = 'reason' in event ? event.reason : null;
          expect(sandbox.lastOperation).toEqual({ id, kind, result, reason, at: sandbox.updatedAt });
          seen.add(`${kind} ${result}`);
        });
      }),
      { numRuns: 1000 },
    );
    expect(seen.size).toBe(12);
  });

  test('the generation counts exactly the configure events', () => {
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, event, { sandbox, outcome }) => {
          const counted = event.type === 'configure' && outcome === 'applied';
          expect(sandbox.generation).toBe(before.generation + (counted ? 1 : 0));
        });
      }),
    );
  });

  test('an event of another kind moves no limit and no instant that it does not own', () => {
    const owners: { readonly [Field in 'idleAt' | 'expiresAt' | 'discardAt']: RegExp } = {
      expiresAt: /^(setTimeouts|(boot|resume|suspend)\.\w+|timeout|terminate|crashed|exited)$/,
      idleAt: /^(setTimeouts|keepalive|(boot|resume|suspend)\.\w+|timeout|terminate|crashed|exited)$/,
      discardAt: /^(setTimeouts|(suspend|resume)\.\w+|timeout|terminate|lost)$/,
    };
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, event, { sandbox }) => {
          for (const [field, owner] of Object.entries(owners)) {
            const key = field as keyof typeof owners;
            if (!owner.test(event.type)) expect(sandbox[key]).toBe(before[key]);
          }
          if (event.type === 'setTimeouts') return;
          const { timeoutMs, idleTimeoutMs, suspendedTimeoutMs } = before;
          expect(sandbox).toMatchObject({ timeoutMs, idleTimeoutMs, suspendedTimeoutMs });
        });
      }),
    );
  });

  test('updatedAt never decreases, even when the clock goes back', () => {
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, event, { sandbox, outcome }) => {
          expect(sandbox.updatedAt).toBe(
            outcome === 'applied' ? Math.max(before.updatedAt, event.at) : before.updatedAt,
          );
        });
      }),
    );
  });
});

describe('liveness', () => {
  test('(14) from every reachable record terminate reaches terminated in one step', () => {
    for (const sandbox of reachable()) {
      expect(transition(sandbox, { type: 'terminate', at: 0 }).sandbox.status).toBe('terminated');
    }
  });

  test('(15) every transient record has a deadline, and timeout at that deadline leaves it', () => {
    for (const sandbox of reachable().filter(transient)) {
      const { timeoutAt } = duties(sandbox);
      expect(timeoutAt).toBe(sandbox.operation?.deadline);
      const { outcome, sandbox: after } = transition(sandbox, { type: 'timeout', at: timeoutAt as number });
      expect([outcome, after.operation]).toEqual(['applied', null]);
    }
  });

  test('(16) without commands, a named sandbox with a run limit ends suspended, with a third limit terminated, and an ephemeral one terminated', () => {
    for (const sandbox of reachable()) {
      const { status, name, timeoutMs, idleTimeoutMs, suspendedTimeoutMs } = sandbox;
      const isLimited = timeoutMs !== null || idleTimeoutMs !== null;
      // A suspended sandbox whose resume completes runs again, and needs a run limit like the others.
      if (status === 'terminated' || (!isLimited && (status !== 'suspended' || sandbox.operation))) continue;
      const end = leaveAlone(sandbox);
      expect(end.status).toBe(name === null || suspendedTimeoutMs !== null ? 'terminated' : 'suspended');
      if (name !== null && end.status === 'terminated') expect(end.outcome?.reason).toBe('discarded');
    }
  });

  test('(17) timeouts alone do not form a cycle while the clock stands still', () => {
    for (const sandbox of reachable()) {
      const { timeoutAt } = duties(sandbox);
      if (timeoutAt === undefined) continue;
      let now = sandbox;
      let steps = 0;
      for (; steps < 5; steps++) {
        const next = transition(now, { type: 'timeout', at: timeoutAt });
        if (next.outcome !== 'applied') break;
        now = next.sandbox;
      }
      // The first timeout settles an operation. The limit may have run out at the same instant, which is the second.
      expect(steps).toBeLessThanOrEqual(2);
    }
  });

  /** Runs a sandbox without commands: the platform completes every operation, and due timeouts fire. */
  function leaveAlone(sandbox: Sandbox): Sandbox {
    let now = sandbox;
    for (let step = 0; step < 20; step++) {
      const { operation, timeoutAt } = duties(now);
      const at = Math.max(now.updatedAt, timeoutAt ?? 0);
      if (operation?.kind === 'release' || (operation === undefined && timeoutAt === undefined)) return now;
      now = transition(
        now,
        operation
          ? { type: `${operation.kind}.completed`, operation: operation.id, at }
          : { type: 'timeout', at },
      ).sandbox;
    }
    throw new Error(`The sandbox does not come to rest: ${JSON.stringify(now)}`);
  }
});

describe('agreement', () => {
  test('(18) the actor, the pure transition and the compiled machine agree on long walks', () => {
    check(
      fc.property(walks, ({ input, events }) => {
        for (const engine of [actor, pure]) {
          let { sandbox } = compiled.create(input);
          for (const event of events) {
            const fast = compiled.step(sandbox, event);
            expect(engine.step(sandbox, event)).toEqual({
              sandbox: fast.sandbox,
              effects: [...fast.effects],
            });
            sandbox = fast.sandbox;
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('(18) one live actor for a whole walk ends in the same record as the compiled machine', () => {
    check(
      fc.property(walks, (walk) => {
        expect(actor.live(walk)).toEqual(run(walk).at(-1));
      }),
      { numRuns: 100 },
    );
  });

  test('(18) the oracle agrees with every step of a long walk', () => {
    const codes = new Set<string>();
    const rows = new Map<string, number>();
    check(
      fc.property(walks, (walk) => {
        run(walk, (before, event, result) => {
          checkAgainstOracle(before, event, result);
          if (result.refusal) codes.add(result.refusal.code);
          if (result.outcome !== 'applied') return;
          const row = `${stateOf(before)} ${event.type} ${result.sandbox.status}`;
          rows.set(row, (rows.get(row) ?? 0) + 1);
        });
      }),
      { numRuns: 3000 },
    );
    expect(codes).toEqual(new Set(['terminal', 'ephemeral', 'busy', 'not_running', 'invalid']));
    // The walks took every row of the contract's table several times.
    const expected = contractRows.map((row) =>
      row
        .replace(/ \[.*?\]/, '')
        .split(' ')
        .slice(0, 3),
    );
    expect(new Set(rows.keys())).toEqual(
      new Set(expected.map(([from, type, to]) => `${from} ${type} ${to?.split('.')[0]}`)),
    );
    for (const [row, times] of rows) expect(times, row).toBeGreaterThanOrEqual(3);
  });

  test('(19) the contract table and the machine have the same rows', () => {
    expect(machineRows()).toEqual(contractRows);
  });

  test('(20) can is false exactly when why has a reason, and the transition gives the same reason', () => {
    for (const sandbox of reachable()) {
      for (const command of commands) {
        const refusal = why(sandbox, command);
        expect(can(sandbox, command)).toBe(refusal === undefined);
        const event = {
          type: command,
          at: sandbox.updatedAt,
          snapshotId: 's',
          name: 'grace',
          timeoutMs: 7,
        } as SandboxEvent;
        expect(transition(sandbox, event, defaultPolicy).refusal).toEqual(refusal);
      }
    }
  });
});
