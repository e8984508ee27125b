import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSandbox, transition } from '../../../src/index.ts';
import { type SandboxLife, sandboxEvents } from '../../../src/testing/index.ts';
import { fixedSeed } from '../../harness/check.ts';

/** Whether the last record of this life says that its resume failed. */
function hasFailedResume({ input, events }: SandboxLife): boolean {
  let { sandbox } = createSandbox(input);
  for (const event of events) {
    ({ sandbox } = transition(sandbox, event));
    if (sandbox.lastOperation?.kind === 'resume' && sandbox.lastOperation.result === 'failed') return true;
  }
  return false;
}

test('a counterexample shrinks to the events that matter', () => {
  const property = fc.property(sandboxEvents(), (life) => !hasFailedResume(life));
  const { failed, counterexample } = fc.check(property, { seed: fixedSeed, numRuns: 1_000 });
  expect(failed).toBe(true);
  const [{ input, events }] = counterexample as [SandboxLife];
  // A sandbox that was ephemeral needs a name first.
  const types = events.map(({ type }) => type).filter((type) => type !== 'rename');
  expect(types).toEqual([
    'boot.completed',
    expect.stringMatching(/^(suspend|timeout)$/),
    'suspend.completed',
    'resume',
    'resume.failed',
  ]);
  expect(input).toMatchObject({ id: 'a', suspendedTimeoutMs: null });
});

test('the path of a counterexample replays it', () => {
  const property = fc.property(sandboxEvents(), (life) => !hasFailedResume(life));
  const first = fc.check(property, { seed: fixedSeed, numRuns: 1_000 });
  const again = fc.check(property, { seed: first.seed, path: first.counterexamplePath ?? '' });
  expect(again.counterexample).toEqual(first.counterexample);
});

test('lives have up to the number of events that is given', () => {
  const lives = fc.sample(sandboxEvents({ maxLength: 3 }), { seed: fixedSeed, numRuns: 200 });
  expect(new Set(lives.map(({ events }) => events.length))).toEqual(new Set([1, 2, 3]));
});
