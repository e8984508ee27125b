import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { createActor, transition as xstateTransition } from 'xstate';
import { createSandbox, type Sandbox, type SandboxEvent, transition } from '../src/index.ts';
import { sandboxMachine, toSnapshot } from '../src/machine/index.ts';
import { type SandboxLife, sandboxEvents } from '../src/testing/index.ts';
import { handWritten } from './rival.ts';

interface Life extends SandboxLife {
  readonly first: Sandbox;
}

type Step = (sandbox: Sandbox, event: SandboxEvent) => { readonly sandbox: Sandbox };

/**
 * Draws the same lives for every runner and follows each to its end. It keeps the applied events, and one in `thinning`
 * of the refused, stale, early and satisfied events.
 */
function drawLives(thinning: number): Life[] {
  return fc.sample(sandboxEvents({ maxLength: 200 }), { seed: 1, numRuns: 2000 }).map(({ input, events }) => {
    const { sandbox: first } = createSandbox(input);
    let sandbox = first;
    let left = 0;
    const lived = events.filter((event) => {
      if (sandbox.status === 'terminated') return false;
      const { outcome, sandbox: next } = transition(sandbox, event);
      sandbox = next;
      return outcome === 'applied' || left++ % thinning === 0;
    });
    return { input, events: lived, first };
  });
}

function fold({ first, events }: Life, step: Step): void {
  let sandbox = first;
  for (const event of events) ({ sandbox } = step(sandbox, event));
}

function liveAsActor({ input, events }: Life): void {
  const actor = createActor(sandboxMachine, { input }).start();
  for (const event of events) actor.send(event);
}

function foldWithXstate({ first, events }: Life): void {
  let snapshot = toSnapshot(first);
  for (const event of events) [snapshot] = xstateTransition(sandboxMachine, snapshot, event);
}

const ours = 'transition (compiled table)';

/** The runners, and how often each repeats a life in a round, so that each measurement is long enough. */
const runners: readonly (readonly [name: string, run: (life: Life) => void, repeats: number])[] = [
  ['hand-written switch', (life) => fold(life, handWritten), 20],
  [ours, (life) => fold(life, transition), 20],
  ['XState actor, one for a life', liveAsActor, 1],
  ['XState transition()', foldWithXstate, 1],
];

/** Checks that the rival returns the same records and effects, step by step. Returns the share of applied events. */
function compare(lives: readonly Life[], steps: number): number {
  let applied = 0;
  for (const life of lives) {
    fold(life, (sandbox, event) => {
      const result = transition(sandbox, event);
      const theirs = handWritten(sandbox, event);
      deepStrictEqual([theirs.sandbox, theirs.effects], [result.sandbox, result.effects]);
      if (result.outcome === 'applied') applied++;
      return result;
    });
  }
  return applied / steps;
}

/**
 * Measures the time per event of each runner, in ns. The runners alternate in each round, so that other load on the
 * machine affects all of them alike.
 */
function time(lives: readonly Life[], steps: number, rounds: number): Map<string, number[]> {
  const samples = new Map<string, number[]>();
  for (let round = -1; round < rounds; round++) {
    for (const [name, run, repeats] of runners) {
      const start = process.hrtime.bigint();
      for (let repeat = 0; repeat < repeats; repeat++) lives.forEach(run);
      const nanoseconds = Number(process.hrtime.bigint() - start) / (steps * repeats);
      // The first round only warms up.
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), nanoseconds]);
    }
  }
  return samples;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function measure(title: string, lives: readonly Life[]): void {
  const steps = lives.reduce((sum, { events }) => sum + events.length, 0);
  const share = compare(lives, steps);
  const samples = time(lives, steps, 15);
  const unit = median(samples.get(ours) ?? []);
  console.log(`\n${title}: ${lives.length} lives, ${steps} events, ${Math.round(100 * share)} % applied\n`);
  console.log('| runner | ns per event, median of 15 | minimum | relative to ours |\n|---|---|---|---|');
  for (const [name, values] of samples) {
    const middle = median(values);
    const row = [name, middle.toFixed(0), Math.min(...values).toFixed(0), (middle / unit).toFixed(2)];
    console.log(`| ${row.join(' | ')} |`);
  }
}

console.log(`Node ${process.version}`);
measure('A busy life', drawLives(3));
measure('A random walk', drawLives(1));
