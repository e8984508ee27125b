import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { createActor, transition as xstateTransition } from 'xstate';
import * as ours from '../src/index.ts';
import { createSandbox, type Sandbox, type SandboxEvent, transition } from '../src/index.ts';
import { sandboxMachine, toSnapshot } from '../src/machine/index.ts';
import { sandboxEvents } from '../src/testing/index.ts';
import { handWritten } from './rival.ts';
import { cpuTime, median, table } from './support/measure.ts';

/** A sandbox, and the events that happen to it. */
interface Life {
  readonly input: Parameters<typeof createSandbox>[0];
  readonly first: Sandbox;
  readonly events: readonly SandboxEvent[];
}

type Step = (sandbox: Sandbox, event: SandboxEvent) => { readonly sandbox: Sandbox };

/** The work of one mix, for a runner. `steps` events in a run. */
interface Mix {
  readonly name: string;
  readonly steps: number;
  readonly run: (step: Step) => void;
}

const lives: readonly Life[] = fc
  .sample(sandboxEvents({ maxLength: 200 }), { seed: 1, numRuns: 1_000 })
  .map(({ input, events }) => ({ input, events, first: createSandbox(input).sandbox }));

/** The same lives with the events that `keep` selects by the outcome, each life to its end. */
function livesOf(keep: (outcome: string, index: number) => boolean): Life[] {
  return lives.map((life) => {
    let sandbox = life.first;
    const events = life.events.filter((event, index) => {
      if (sandbox.status === 'terminated') return false;
      const { outcome, sandbox: next } = transition(sandbox, event);
      sandbox = next;
      return keep(outcome, index);
    });
    return { ...life, events };
  });
}

function following(name: string, of: readonly Life[]): Mix {
  const steps = of.reduce((sum, { events }) => sum + events.length, 0);
  return {
    name,
    steps,
    run(step) {
      for (const { first, events } of of) {
        let sandbox = first;
        for (const event of events) ({ sandbox } = step(sandbox, event));
      }
    },
  };
}

/** Every event of the lives with this outcome, each on the record that it met there. */
function single(name: string, outcome: string): Mix {
  const pairs: (readonly [Sandbox, SandboxEvent])[] = [];
  for (const { first, events } of lives) {
    let sandbox = first;
    for (const event of events) {
      const result = transition(sandbox, event);
      if (result.outcome === outcome) pairs.push([sandbox, event]);
      ({ sandbox } = result);
    }
  }
  return {
    name,
    steps: pairs.length,
    run(step) {
      for (const [sandbox, event] of pairs) step(sandbox, event);
    },
  };
}

/** One sandbox that is used, paused and resumed again and again. */
function hot(): Mix {
  const cycle = (start: number, at: number): SandboxEvent[] => [
    { type: 'keepalive', at: at + 1 },
    { type: 'keepalive', at: at + 2 },
    { type: 'suspend', at: at + 3 },
    { type: 'suspend.completed', operation: start + 1, at: at + 4 },
    { type: 'resume', at: at + 5 },
    { type: 'resume.completed', operation: start + 2, at: at + 6 },
  ];
  const input = {
    id: 'hot',
    name: 'ada',
    timeoutMs: 3_600_000,
    idleTimeoutMs: 60_000,
    at: 1_800_000_000_000,
  };
  const events: SandboxEvent[] = [{ type: 'boot.completed', operation: 1, at: input.at + 1 }];
  for (let round = 0; round < 5_000; round++) events.push(...cycle(1 + 2 * round, input.at + 10 * round));
  return following('hot', [{ input, first: createSandbox(input).sandbox, events }]);
}

/** Ten thousand sandboxes, whose events come in random order, so that the records are not in the cache. */
function fleet(): Mix {
  const size = 10_000;
  const of = Array.from({ length: size }, (_, index) => lives[index % lives.length] as Life);
  const next = new Uint32Array(size);
  const order: (readonly [number, SandboxEvent])[] = [];
  let seed = 1;
  while (order.length < 100_000) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const index = seed % size;
    const event = of[index]?.events[next[index] ?? 0];
    next[index] = (next[index] ?? 0) + 1;
    if (event !== undefined) order.push([index, event]);
  }
  return {
    name: 'fleet of 10,000',
    steps: order.length,
    run(step) {
      const records = of.map(({ first }) => first);
      for (const [index, event] of order) records[index] = step(records[index] as Sandbox, event).sandbox;
    },
  };
}

const mixes: readonly Mix[] = [
  following(
    'applied',
    livesOf((outcome) => outcome === 'applied'),
  ),
  following(
    'busy',
    livesOf((outcome, index) => outcome === 'applied' || index % 3 === 0),
  ),
  following(
    'walk',
    livesOf(() => true),
  ),
  hot(),
  fleet(),
  single('refused', 'refused'),
  single('unchanged', 'unchanged'),
];

/** Compares the rival with us in every mix. Both run in each round, so that other load affects both alike. */
function compareMixes(rounds: number): string {
  const rows = mixes.map((mix) => {
    const repeats = Math.max(1, Math.round(200_000 / mix.steps));
    const [theirs, mine] = cpuTime(rounds, repeats * mix.steps, [
      () => repeat(repeats, () => mix.run(handWritten)),
      () => repeat(repeats, () => mix.run(transition)),
    ]);
    const ratio = median((mine ?? []).map((ns, round) => ns / (theirs?.[round] ?? 1)));
    return [
      mix.name,
      String(mix.steps),
      median(theirs ?? []).toFixed(0),
      median(mine ?? []).toFixed(0),
      ratio.toFixed(2),
    ];
  });
  return table(['mix', 'events', 'hand-written, ns', 'ours, ns', 'ratio'], rows);
}

function repeat(times: number, act: () => void): void {
  for (let time = 0; time < times; time++) act();
}

/** Compares XState's two ways with us, on the lives of one mix. */
function compareXstate(name: string, of: readonly Life[], rounds: number): string {
  const mix = following(name, of);
  const [mine, actors, pure] = cpuTime(rounds, mix.steps, [
    () => repeat(200, () => mix.run(transition)),
    () => {
      for (const { input, events } of of) {
        const actor = createActor(sandboxMachine, { input }).start();
        for (const event of events) actor.send(event);
      }
    },
    () => {
      for (const { first, events } of of) {
        let snapshot = toSnapshot(first);
        for (const event of events) [snapshot] = xstateTransition(sandboxMachine, snapshot, event);
      }
    },
  ]);
  const unit = median(mine ?? []) / 200;
  const row = (name: string, ns: number) => [name, ns.toFixed(0), (ns / unit).toFixed(1)];
  return table(
    [`runner, ${name}`, 'ns per event', 'times ours'],
    [
      row('transition', unit),
      row('XState actor, one for a life', median(actors ?? [])),
      row('XState transition()', median(pure ?? [])),
    ],
  );
}

/** The bytes that one applied event allocates. Needs `--expose-gc` and a young generation that holds them all. */
function bytesPerEvent(step: Step): number {
  const { gc } = globalThis as { gc?: () => void };
  const mix = mixes[0] as Mix;
  mix.run(step);
  const samples = Array.from({ length: 7 }, () => {
    gc?.();
    const before = process.memoryUsage().heapUsed;
    mix.run(step);
    return (process.memoryUsage().heapUsed - before) / mix.steps;
  });
  return median(samples);
}

/** The functions that look at a record, as an older version of the library may have them too. */
type Helpers = Pick<typeof ours, 'can' | 'why' | 'duties' | 'createSandbox' | 'transition'>;

/** Compares the helpers with those of an older version, given the path of its built entry. */
async function compareHelpers(entry: string, rounds: number): Promise<string> {
  const old: Helpers = await import(pathToFileURL(entry).href);
  const rows = (['createSandbox', 'can', 'why', 'duties'] as const).map((name) => {
    const [before, now] = cpuTime(rounds, 200_000, [helperRun(old, name), helperRun(ours, name)]);
    const [a, b] = [median(before ?? []), median(now ?? [])];
    return [name, a.toFixed(0), b.toFixed(0), (a / b).toFixed(1)];
  });
  return table(['helper', 'before, ns', 'ours, ns', 'times as fast'], rows);
}

function helperRun(from: Helpers, name: 'createSandbox' | 'can' | 'why' | 'duties'): () => void {
  const input = { id: 'a', name: 'ada', timeoutMs: 60_000, at: 1_800_000_000_000 };
  const pending = from.createSandbox(input).sandbox;
  const running = from.transition(pending, {
    type: 'boot.completed',
    operation: 1,
    at: input.at + 1,
  }).sandbox;
  const suspending = from.transition(running, { type: 'suspend', at: input.at + 2 }).sandbox;
  const records = [pending, running, suspending];
  const commands = ['suspend', 'resume', 'snapshot', 'terminate'] as const;
  const acts = {
    createSandbox: () => from.createSandbox(input),
    can: (index: number) => from.can(records[index % 3] as Sandbox, commands[index % 4] ?? 'suspend'),
    why: (index: number) => from.why(records[index % 3] as Sandbox, commands[index % 4] ?? 'suspend'),
    duties: (index: number) => from.duties(records[index % 3] as Sandbox),
  };
  const act = acts[name];
  return () => {
    for (let index = 0; index < 200_000; index++) act(index);
  };
}

const rounds = 15;
console.log(`Node ${process.version}, CPU time, medians of ${rounds} rounds\n`);
console.log(compareMixes(rounds));
const few = (keep: (outcome: string, index: number) => boolean) => livesOf(keep).slice(0, 200);
console.log(
  compareXstate(
    'busy',
    few((outcome, index) => outcome === 'applied' || index % 3 === 0),
    rounds,
  ),
);
console.log(
  compareXstate(
    'applied',
    few((outcome) => outcome === 'applied'),
    rounds,
  ),
);
console.log(
  `Bytes per applied event: ours ${bytesPerEvent(transition).toFixed(0)}, hand-written ${bytesPerEvent(handWritten).toFixed(0)}\n`,
);
const [older] = process.argv.slice(2);
if (older !== undefined) console.log(await compareHelpers(older, rounds));
else console.log('Pass the path of an older dist/index.js to compare the helpers with its own.');
