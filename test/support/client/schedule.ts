import * as fc from 'fast-check';
import type { Asked } from '../../../src/client/index.ts';
import type { Command } from '../../../src/index.ts';
import type { WithoutTime } from '../../../src/machine/events.ts';

/** Something that happens in a schedule. */
export type Act =
  | { readonly do: 'ask'; readonly tab: number; readonly asked: Asked; readonly isConditional: boolean }
  | { readonly do: 'other'; readonly command: WithoutTime<Command> }
  | { readonly do: 'offline'; readonly forMs: number }
  | { readonly do: 'restart'; readonly forMs: number }
  | { readonly do: 'crash' }
  | { readonly do: 'refresh' | 'dismiss' | 'close' | 'kill' | 'reload'; readonly tab: number };

/** What happens to a sandbox, its server, the network and the tabs: all that is drawn for one life. */
export interface Schedule {
  readonly seed: number;
  readonly acts: readonly { readonly afterMs: number; readonly act: Act }[];
  readonly isNamed: boolean;
  readonly timeoutMs: number | null;
  readonly start: 'pending' | 'running' | 'suspended';
  readonly tabs: number;
  readonly isSubscribed: boolean;
  readonly failures: number;
  readonly lost: number;
  readonly slow: number;
  readonly doubled: number;
  readonly bodyless: number;
  readonly broken: number;
  readonly aheadMs: number;
}

const asked: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Asked>('suspend', 'resume', 'snapshot') },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b').map((name): Asked => ({ type: 'rename', name })) },
  { weight: 1, arbitrary: fc.constantFrom<Asked>('keepalive') },
  { weight: 1, arbitrary: fc.constantFrom<Asked>('terminate') },
);

const others: fc.Arbitrary<WithoutTime<Command>> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<WithoutTime<Command>>({ type: 'suspend' }, { type: 'resume' }) },
  { weight: 3, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'snapshot', snapshotId: 'theirs' }) },
  { weight: 2, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'rename', name: 'c' }) },
  { weight: 1, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'terminate' }) },
);

const tab = fc.nat({ max: 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      tab,
      asked,
      isConditional: fc.integer({ min: 0, max: 9 }).map((luck) => luck === 0),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('other' as const), command: others }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('offline' as const),
      forMs: fc.integer({ min: 200, max: 15_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('restart' as const), forMs: fc.integer({ min: 50, max: 3000 }) }),
  },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'crash' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'refresh' as const,
        'dismiss' as const,
        'close' as const,
        'kill' as const,
        'reload' as const,
      ),
      tab,
    }),
  },
);

const likelihood = (most: number) => fc.oneof(fc.constant(0), fc.constantFrom(most / 4, most / 2, most));

/** Schedules of every kind; a third of them without any fault of the network. */
export const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    seed: fc.nat(),
    acts: fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 2000 }), act }), {
      maxLength: 10,
      size: 'max',
    }),
    isNamed: fc.boolean(),
    timeoutMs: fc.constantFrom(null, null, 4000, 15_000),
    start: fc.constantFrom('pending' as const, 'running' as const, 'running' as const, 'suspended' as const),
    tabs: fc.constantFrom(1, 1, 2),
    isSubscribed: fc.boolean(),
    failures: fc.constantFrom(0, 0.3),
    isReliable: fc.constantFrom(true, false, false),
    lost: likelihood(0.3),
    slow: likelihood(0.3),
    doubled: likelihood(0.3),
    bodyless: likelihood(0.2),
    broken: likelihood(0.2),
    aheadMs: fc.constantFrom(0, 3_600_000, -86_400_000),
  })
  .map(({ isReliable, ...schedule }) =>
    isReliable ? { ...schedule, lost: 0, slow: 0, doubled: 0, bodyless: 0, broken: 0 } : schedule,
  );
