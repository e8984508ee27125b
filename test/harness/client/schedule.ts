import * as fc from 'fast-check';
import type { CommandInput, ServerReply } from '../../../src/client/index.ts';
import type { Command } from '../../../src/index.ts';
import type { WithoutTime } from '../../../src/model/events.ts';
import { type Faults, noFaults } from './network.ts';
import type { InitialState } from './simulated-server.ts';

/** One act of a schedule. */
export type Act =
  | {
      readonly do: 'send';
      readonly tab: number;
      readonly input: CommandInput;
      readonly isConditional: boolean;
      /** Whether the user clicks twice. */
      readonly isDouble: boolean;
    }
  | { readonly do: 'other'; readonly command: WithoutTime<Command> }
  | { readonly do: 'offline'; readonly forMs: number }
  | { readonly do: 'restart'; readonly forMs: number }
  | { readonly do: 'crash' | 'exit' | 'lose' }
  | { readonly do: 'refresh' | 'dismiss' | 'close' | 'kill' | 'reload'; readonly tab: number }
  /** A component disposes the client and mounts again; or the page shows something else for a while. */
  | { readonly do: 'remount'; readonly tab: number; readonly awayMs: number }
  | { readonly do: 'forget'; readonly tab: number }
  /** The server fails or hangs for the commands of one type. */
  | {
      readonly do: 'break';
      readonly type: string;
      readonly reply: ServerReply | 'hangs';
      readonly forMs: number;
    }
  /** An operator restores an older database. */
  | { readonly do: 'turnBack'; readonly steps: number };

/** The part of every schedule that does not depend on its acts: the pages, and the faults of platform and network. */
export interface Environment extends Faults {
  readonly seed: number;
  readonly tabs: number;
  readonly isSubscribed: boolean;
  /** Whether every second tab belongs to another account. */
  readonly hasAccounts: boolean;
  /** The probability that a platform operation fails. */
  readonly failures: number;
  /** The offset of the server's clock, in ms; positive when it is ahead. */
  readonly aheadMs: number;
}

/** A random schedule for one sandbox. */
export interface Schedule extends Environment, InitialState {
  readonly acts: readonly { readonly afterMs: number; readonly act: Act }[];
}

/** The same limit for what runs and for what is suspended. */
const limitsOf = (limitMs: number | null) =>
  ({ type: 'setTimeouts', idleTimeoutMs: limitMs, suspendedTimeoutMs: limitMs }) as const;

const inputs: fc.Arbitrary<CommandInput> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<CommandInput>('suspend', 'resume', 'snapshot') },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b').map((name): CommandInput => ({ type: 'rename', name })) },
  { weight: 1, arbitrary: fc.constantFrom<CommandInput>('keepalive') },
  { weight: 1, arbitrary: fc.constantFrom<CommandInput>('terminate') },
  { weight: 2, arbitrary: fc.constantFrom(4000, 9000, null).map(limitsOf) },
  {
    weight: 1,
    arbitrary: fc.constant<CommandInput>({ type: 'configure', configuration: { exposed_ports: [8080] } }),
  },
);

const others: fc.Arbitrary<WithoutTime<Command>> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<WithoutTime<Command>>({ type: 'suspend' }, { type: 'resume' }) },
  { weight: 3, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'snapshot', snapshotId: 'theirs' }) },
  { weight: 2, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'rename', name: 'c' }) },
  { weight: 1, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'terminate' }) },
  { weight: 1, arbitrary: fc.constant<WithoutTime<Command>>({ type: 'configure' }) },
  { weight: 1, arbitrary: fc.constantFrom(3000, null).map(limitsOf) },
);

const tab = fc.nat({ max: 1 });
/** Acts of every kind. */
export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      tab,
      input: inputs,
      isConditional: fc.integer({ min: 0, max: 9 }).map((luck) => luck === 0),
      isDouble: fc.integer({ min: 0, max: 4 }).map((luck) => luck === 0),
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
  { weight: 1, arbitrary: fc.constantFrom<Act>({ do: 'crash' }, { do: 'exit' }, { do: 'lose' }) },
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

const probability = (most: number) => fc.oneof(fc.constant(0), fc.constantFrom(most / 4, most / 2, most));

/** Initial states of every kind. */
export const initialStates: fc.Arbitrary<InitialState> = fc.record({
  isNamed: fc.boolean(),
  timeoutMs: fc.constantFrom(null, null, 4000, 15_000),
  start: fc.constantFrom('pending' as const, 'running' as const, 'running' as const, 'suspended' as const),
});

/** Environments of every kind; a third of them without any fault of the network. */
export const environments: fc.Arbitrary<Environment> = fc
  .record({
    seed: fc.nat(),
    tabs: fc.constantFrom(1, 1, 2),
    isSubscribed: fc.boolean(),
    hasAccounts: fc.constantFrom(false, false, true),
    failures: fc.constantFrom(0, 0.3),
    isReliable: fc.constantFrom(true, false, false),
    lost: probability(0.3),
    slow: probability(0.3),
    doubled: probability(0.3),
    bodyless: probability(0.2),
    broken: probability(0.2),
    aheadMs: fc.constantFrom(0, 3_600_000, -86_400_000),
  })
  .map(({ isReliable, ...drawn }) => (isReliable ? { ...drawn, ...noFaults } : drawn));

/** Sequences of acts, each with the time since the previous one. */
export const actsOf = <Drawn>(drawn: fc.Arbitrary<Drawn>) =>
  fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 2000 }), act: drawn }), {
    maxLength: 10,
    size: 'max',
  });

/** Acts on one sandbox: also those that a list does not have. */
const singleAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 18, arbitrary: act },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('remount' as const),
      tab,
      awayMs: fc.constantFrom(0, 0, 500, 3000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), tab }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('turnBack' as const), steps: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('break' as const),
      type: fc.constantFrom('suspend', 'resume', 'snapshot', 'rename'),
      reply: fc.constantFrom<ServerReply | 'hangs'>(
        'hangs',
        { outcome: 'unknown', problem: 'Broken.' },
        { outcome: 'unknown', retryAfterMs: 4000 },
      ),
      forMs: fc.integer({ min: 500, max: 20_000 }),
    }),
  },
);

/** Schedules of every kind. */
export const schedules: fc.Arbitrary<Schedule> = fc
  .tuple(actsOf(singleAct), initialStates, environments)
  .map(([acts, initialState, environment]) => ({ acts, ...initialState, ...environment }));
