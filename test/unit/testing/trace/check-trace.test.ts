import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSandbox,
  type Sandbox,
  type SandboxEvent,
  statuses,
  transition,
} from '../../../../src/index.ts';
import { checkTrace, sandboxEvents } from '../../../../src/testing/index.ts';
import { check } from '../../../harness/check.ts';
import { contractEdges } from '../../../harness/machine/contract-table.ts';

const legal = (trace: readonly unknown[], sampled = false) => checkTrace(trace, { sampled }).legal;

/** A shortest trace to each status, as a user would write it. */
const shortestTraces = {
  pending: ['pending'],
  running: ['pending', 'running'],
  snapshotting: ['pending', 'running', 'snapshotting'],
  suspending: ['pending', 'running', 'suspending'],
  suspended: ['pending', 'running', 'suspending', 'suspended'],
  terminated: ['pending', 'terminated'],
};

describe('a trace of statuses, every change', () => {
  it.each(statuses.flatMap((from) => statuses.map((to) => [from, to] as const)))(
    'knows whether %s can be followed by %s',
    (from, to) => {
      const contract = from === to || contractEdges.includes(`${from}→${to}`);
      expect(legal([...shortestTraces[from], to])).toBe(contract);
    },
  );

  it('must begin with a creation', () => {
    expect(checkTrace(['running'])).toMatchObject({ legal: false, index: 0, legalNext: ['pending'] });
  });

  it('returns the first illegal step and the legal alternatives', () => {
    expect(checkTrace(['pending', 'running', 'suspended', 'pending'])).toEqual({
      legal: false,
      index: 2,
      message:
        'No single change of status leads from running to suspended. Legal there: running, snapshotting, suspending or terminated.',
      legalNext: ['running', 'snapshotting', 'suspending', 'terminated'],
    });
  });

  it('counts observations and sandboxes', () => {
    expect(checkTrace([])).toEqual({ legal: true, observations: 0, sandboxes: 0 });
    expect(
      checkTrace([
        { id: 'a', status: 'pending' },
        { id: 'b', status: 'pending' },
        { sandbox_id: 'a', status: 'running' },
      ]),
    ).toEqual({ legal: true, observations: 3, sandboxes: 2 });
  });

  it('checks each sandbox separately', () => {
    const trace = [
      { id: 'a', status: 'pending' },
      { id: 'b', status: 'pending' },
      { id: 'a', status: 'terminated' },
      { id: 'b', status: 'running' },
      { id: 'a', status: 'running' },
    ];
    expect(checkTrace(trace)).toMatchObject({ legal: false, index: 4 });
  });
});

describe('a trace of sampled statuses', () => {
  /** The statuses that can be observed after a status, by the edges of the contract alone. */
  const closure = (from: string): Set<string> => {
    const reached = new Set([from]);
    for (const status of reached)
      for (const edge of contractEdges) {
        const [source, target = ''] = edge.split('→');
        if (source === status) reached.add(target);
      }
    return reached;
  };

  it.each(statuses.flatMap((from) => statuses.map((to) => [from, to] as const)))(
    'knows whether %s can be observed before %s',
    (from, to) => expect(legal([from, to], true)).toBe(closure(from).has(to)),
  );

  it('returns the statuses that were still possible', () => {
    expect(checkTrace(['running', 'terminated', 'suspended'], { sampled: true })).toEqual({
      legal: false,
      index: 2,
      message: 'No sequence of events leads from terminated to suspended. Legal there: terminated.',
      legalNext: ['terminated'],
    });
  });
});

describe('other fields of an observation', () => {
  it('show that a sandbox without a name is never suspended', () => {
    const verdict = checkTrace([{ status: 'suspended', name: null }], { sampled: true });
    expect(verdict).toMatchObject({ legal: false, index: 0 });
    expect(verdict.legal || verdict.message).toContain('a sandbox without a name is never suspended');
  });

  it('show that a name is never removed, but can be added', () => {
    const seen = (name: string | null) => ({ status: 'running', name });
    expect(legal([seen('ada'), seen(null)], true)).toBe(false);
    expect(legal([seen(null), seen('ada')], true)).toBe(true);
  });

  it('show that a sandbox that ended without a name was not suspended before', () => {
    expect(legal(['suspended', { status: 'terminated', name: null }], true)).toBe(false);
    expect(legal(['suspended', { status: 'terminated', name: 'ada' }], true)).toBe(true);
  });

  it('count the events between two versions', () => {
    const seen = (status: string, version: number) => ({ status, version });
    expect(legal([seen('running', 2), seen('suspended', 4)], true)).toBe(true);
    expect(legal([seen('running', 2), seen('suspended', 3)], true)).toBe(false);
    expect(legal([seen('running', 2), seen('running', 1)], true)).toBe(false);
    expect(legal([seen('running', 2), seen('terminated', 2)], true)).toBe(false);
    expect(legal([seen('suspended', 4)], true)).toBe(true);
    expect(legal([seen('suspended', 3)], true)).toBe(false);
    expect(legal([seen('running', 1_000_000_000)], true)).toBe(true);
    expect(legal([seen('terminated', 5), seen('terminated', 6)], true)).toBe(false);
  });
});

/** A sandbox's history as the API returns it. */
function history(input: Parameters<typeof createSandbox>[0], events: readonly SandboxEvent[]) {
  let { sandbox } = createSandbox(input);
  const line = (from: string | null, event: unknown, record: Sandbox) => ({
    sandbox_id: record.id,
    version: record.version,
    from,
    to: record.status,
    event,
    lifecycle: record,
  });
  const { name = null, timeoutMs = null, at } = input;
  const lines = [line(null, { type: 'created', name, timeoutMs, at }, sandbox)];
  for (const event of events) {
    const next = transition(sandbox, event);
    if (next.outcome === 'applied') lines.push(line(sandbox.status, event, next.sandbox));
    sandbox = next.sandbox;
  }
  return lines;
}

describe('a trace of events', () => {
  const created = { type: 'created', name: 'ada', timeoutMs: null, at: 1 };
  const booted = { type: 'boot.completed', operation: 1, at: 2 };

  it('is folded by the machine', () => {
    expect(legal([created, booted, { type: 'suspend', at: 3 }, { type: 'resume', at: 4 }])).toBe(false);
    expect(legal([created, booted, { type: 'suspend', at: 3 }, { type: 'suspend', at: 4 }])).toBe(true);
  });

  it('gets the refusal of the machine and the legal alternatives', () => {
    expect(checkTrace([created, { type: 'snapshot', snapshotId: 's', at: 2 }])).toEqual({
      legal: false,
      index: 1,
      message: expect.stringMatching(
        /^Cannot snapshot a pending sandbox: .* Legal there: .*boot\.completed.* or deadline\.moved\.$/,
      ),
      legalNext: expect.arrayContaining(['boot.completed', 'terminate']),
    });
  });

  it('knows what became of a sandbox by its limits, its program and its platform', () => {
    const limited = { ...created, idleTimeoutMs: 10, suspendedTimeoutMs: 20 };
    const exit = { type: 'exited', incarnation: 1, exitCode: 0, reason: null, at: 3 };
    const paused = [
      { type: 'timeout', at: 12 },
      { type: 'suspend.completed', operation: 2, at: 13 },
    ];
    const steps = (events: unknown[]) =>
      history({ id: 'a', name: 'ada', at: 1, idleTimeoutMs: 10, suspendedTimeoutMs: 20 }, [
        booted,
        ...events,
      ] as SandboxEvent[]);
    expect(legal(steps([...paused, { type: 'timeout', at: 33 }]))).toBe(true);
    expect(legal(steps([...paused, { type: 'lost', version: 4, reason: 'no such disk', at: 14 }]))).toBe(
      true,
    );
    expect(legal(steps([exit]))).toBe(true);
    expect(legal(steps([{ type: 'configure', at: 3 }]))).toBe(true);
    expect(legal(steps([{ type: 'setTimeouts', timeoutMs: 5, at: 3 }]))).toBe(true);
    // Without a history, these are events that a late report or an early alarm may be.
    expect(legal([limited, booted, { ...exit, incarnation: 2 }])).toBe(true);
    expect(checkTrace([limited, booted, { type: 'setTimeouts', at: 3 }])).toMatchObject({
      index: 2,
      message: expect.stringMatching(/^Cannot set the timeouts of a running sandbox: no limit is given/),
    });
  });

  it.each([
    ['a loss while running', { type: 'lost', version: 2, reason: '', at: 3 }],
    ['an exit of another incarnation', { type: 'exited', incarnation: 2, exitCode: 0, reason: null, at: 3 }],
    ['a moved deadline without an operation', { type: 'deadline.moved', operation: 1, deadline: 9, at: 3 }],
    ['an early alarm', { type: 'timeout', at: 3 }],
  ])('rejects %s in a history', (_what, event) => {
    const lines = history({ id: 'a', name: 'ada', at: 1 }, [booted as SandboxEvent]);
    const verdict = checkTrace([...lines, { event, to: 'terminated', version: 3, sandbox_id: 'a' }]);
    expect(verdict).toMatchObject({
      legal: false,
      index: 2,
      message: expect.stringMatching(/changes nothing/),
    });
  });

  it('may contain late reports and early timeouts, unless it is a history', () => {
    const late = { type: 'boot.completed', operation: 1, at: 9 };
    expect(legal([created, booted, late])).toBe(true);
    const lines = history({ id: 'a', name: 'ada', at: 1 }, [booted as SandboxEvent]);
    const verdict = checkTrace([...lines, { event: late, to: 'running', version: 3, sandbox_id: 'a' }]);
    expect(verdict).toMatchObject({ legal: false, index: 2 });
  });

  it('must begin with a creation, which happens once', () => {
    expect(checkTrace([booted])).toMatchObject({ legal: false, index: 0, legalNext: ['created'] });
    expect(checkTrace([created, created])).toMatchObject({ legal: false, index: 1 });
  });

  it('cannot contain statuses or be sampled', () => {
    expect(checkTrace([created, 'running'])).toMatchObject({ legal: false, index: 1 });
    expect(checkTrace(['running', created], { sampled: true })).toMatchObject({ legal: false, index: 1 });
    expect(checkTrace([created], { sampled: true })).toMatchObject({ legal: false, index: 0 });
  });

  it('must agree with the machine when it is a history', () => {
    const [first, second] = history({ id: 'a', name: 'ada', at: 1 }, [booted as SandboxEvent]);
    expect(legal([first, second])).toBe(true);
    expect(legal([second])).toBe(true);
    expect(checkTrace([first, { ...second, to: 'terminated' }])).toMatchObject({ index: 1 });
    expect(checkTrace([first, { ...second, version: 4 }])).toMatchObject({ index: 1 });
  });
});

describe('every life that the machine allows', () => {
  it('is legal as events, as a history, as statuses and as samples of them', () => {
    check(
      fc.property(
        sandboxEvents(),
        fc.array(fc.boolean(), { maxLength: 60, size: 'max' }),
        ({ input, events }, picks) => {
          const lines = history(input, events);
          expect(checkTrace(lines)).toMatchObject({ legal: true });
          expect(checkTrace(lines.map(({ lifecycle }) => lifecycle.status))).toMatchObject({ legal: true });
          const polled = lines
            .filter((_, index) => picks[index] ?? index % 2 === 0)
            .map(({ lifecycle: { status, name, version } }) => ({ status, name, version }));
          expect(checkTrace(polled, { sampled: true })).toMatchObject({ legal: true });
        },
      ),
      { numRuns: 150 },
    );
  });
});

it.each([
  [['flying'], 'trace[0] must be one of pending'],
  [['pending', 7], 'trace[1] must be an object'],
  [[{ status: 'Running' }], 'trace[0].status must be one of'],
  [[{ status: 'running', version: 0 }], 'trace[0].version must be'],
  [[{ type: 'suspend' }], 'event.at must be'],
  [[{ type: 'constructor', at: 1 }], 'event.type must be one of'],
  [[{ event: { type: 'suspend', at: 1 } }], 'trace[0].to must be'],
])('names the place in %j', (trace, message) => {
  expect(() => checkTrace(trace as unknown[])).toThrow(message);
});
