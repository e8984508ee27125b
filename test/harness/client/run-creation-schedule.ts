import * as fc from 'fast-check';
import {
  type CreateSettlement,
  createSandboxCreator,
  createSandboxListClient,
  type SandboxListClient,
  type Transport,
} from '../../../src/client/index.ts';
import { type FakeAnswer, type FakeTransport, fakeTransport } from '../../../src/testing/index.ts';
import { createRandom } from '../shared/random.ts';
import { must } from './invariants.ts';
import { passTime } from './pass-time.ts';
import { runningSandbox } from './scripted-transport.ts';
import { createWorld, type World } from './world.ts';

const answer: fc.Arbitrary<FakeAnswer> = fc.constantFrom<FakeAnswer[]>(
  'accept',
  'fail',
  'lose',
  'lose',
  'hang',
  { refuse: 'The quota is used up.' },
  { retryAfterMs: 3000 },
);

/** One act of a schedule, and the time that passes after it. */
const act = fc.record({
  afterMs: fc.constantFrom(0, 100, 2000, 7000),
  act: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('create' as const),
        isNamed: fc.boolean(),
        answers: fc.array(answer, { maxLength: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('other' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), failures: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const) }) },
  ),
});

/** Random schedules of creations, with lost, late and refused requests, other users and broken streams. */
export const creationSchedules = fc.record({
  seed: fc.integer(),
  acts: fc.array(act, { minLength: 1, maxLength: 10 }),
});

type CreationSchedule = typeof creationSchedules extends fc.Arbitrary<infer Value> ? Value : never;

/** A planted bug: it changes the transport of the creations, or the list after its creation. */
export interface CreationFault {
  transport?(transport: Transport): Transport;
  list?(list: SandboxListClient): void;
}

/** A creation of a schedule, and its result. */
interface Checked {
  readonly id: string;
  readonly at: number;
  settlement?: CreateSettlement;
}

/** Runs one schedule and checks every invariant. Returns the counts of the outcomes. */
export async function runCreationSchedule(
  { seed, acts }: CreationSchedule,
  isVersioned: boolean,
  fault: CreationFault = {},
): Promise<Record<string, number>> {
  const world = createWorld(10_000);
  const server = fakeTransport({ sandboxes: [runningSandbox(null)], isVersioned, now: world.now });
  const transport = fault.transport?.(server) ?? server;
  const list = createSandboxListClient({ transport, clock: world, random: createRandom(seed).next });
  fault.list?.(list);
  const creator = createSandboxCreator({ list });
  const creations: Checked[] = [];
  let failure: unknown;
  let begun = 0;
  let others = 0;

  function check(): void {
    const keys = list.getSnapshot().sandboxes.map(({ id }) => creator.keyOf(id));
    must(new Set(keys).size === keys.length, 'the list never shows a creation twice', () => keys);
    const ends = creations.filter(({ settlement }) => settlement && settlement.outcome !== 'applied');
    const shown = list.getSnapshot().sandboxes.filter(({ confirmed }) => confirmed === null);
    for (const { id } of shown)
      must(!ends.some((one) => one.id === id), 'a failed creation leaves the list', () => id);
    // One entry for each sandbox of another user, and for each creation that did not certainly fail.
    const failed = ends.filter(({ settlement }) => settlement?.outcome !== 'unknown');
    const most = 1 + others + begun - failed.length;
    must(keys.length <= most, 'one creation has at most one entry', () => [keys, most]);
    for (const { id, settlement } of creations)
      if (settlement?.outcome === 'applied' && settlement.id)
        must(!shown.some((one) => one.id === id), 'a confirmed creation has no second entry', () => id);
  }
  list.subscribe(() => {
    try {
      check();
    } catch (error) {
      failure ??= error;
    }
  });

  await passTime(world, 500);
  for (const { act: step, afterMs } of acts) {
    if (step.do === 'create') create(step);
    else {
      if (step.do === 'other') others++;
      perform(server, list, step, world);
    }
    await passTime(world, afterMs);
    if (failure) throw failure;
  }
  await passTime(world, 75_000);
  if (failure) throw failure;
  check();
  checkEnd(server, list, creations, others);
  const counts: Record<string, number> = {};
  for (const { settlement } of creations)
    if (settlement) counts[settlement.outcome] = (counts[settlement.outcome] ?? 0) + 1;
  list.dispose();
  return counts;

  function create({ isNamed, answers }: { isNamed: boolean; answers: readonly FakeAnswer[] }): void {
    server.answerNext('create', ...answers);
    begun++;
    const { id, settled } = creator.create({ name: isNamed ? `name${creations.length}` : null });
    const checked: Checked = { id, at: world.now() };
    creations.push(checked);
    settled.then((settlement) => {
      checked.settlement = settlement;
      if (world.now() - checked.at > 60_500) failure ??= new Error('a creation settles in time');
    });
  }
}

type OtherAct = Exclude<CreationSchedule['acts'][number]['act'], { do: 'create' }>;

function perform(server: FakeTransport, list: SandboxListClient, step: OtherAct, world: World): void {
  if (step.do === 'other') server.create();
  if (step.do === 'refresh') list.refresh();
  if (step.do === 'drop') {
    server.answerNext('stream', ...Array.from({ length: step.failures }, () => 'fail' as const));
    server.dropStreams();
  }
  const living = server.sandboxes().filter(({ status }) => status !== 'terminated');
  const last = living.at(-1);
  if (step.do === 'end' && last) server.apply(last.id, { type: 'terminate', at: world.now() });
}

function checkEnd(
  server: FakeTransport,
  list: SandboxListClient,
  creations: readonly Checked[],
  others: number,
): void {
  for (const { settlement } of creations) must(settlement !== undefined, 'every creation settles');
  const ids = (sandboxes: readonly { readonly id: string }[]) => sandboxes.map(({ id }) => id).sort();
  const [shown, real] = [ids(list.getSnapshot().sandboxes), ids(server.sandboxes())];
  must(JSON.stringify(shown) === JSON.stringify(real), 'in the end the list shows what exists', () => [
    shown,
    real,
  ]);
  const applied = creations.filter(({ settlement }) => settlement?.outcome === 'applied');
  const own = new Set(applied.map(({ settlement }) => settlement?.id));
  must(own.size === applied.length, 'each creation has a sandbox of its own', () => [...own]);
  for (const { settlement } of applied)
    must(
      server.sandboxes().some(({ id }) => id === settlement?.id),
      'an applied creation exists',
      () => settlement,
    );
  const maybe = creations.filter(({ settlement }) => settlement?.outcome === 'unknown').length;
  const made = server.sandboxes().length - 1 - others;
  must(
    made >= applied.length && made <= applied.length + maybe,
    'one creation creates at most one sandbox',
    () => [made, applied.length, maybe],
  );
}
