import assert from 'node:assert/strict';
import type { Crash, Exit, Found, Inspection } from '../../server/driver/driver.ts';
import type { Calls } from './calls.ts';
import { eventually } from './waiting.ts';

/** Assertions about the sandboxes of a driver. */
export interface Assertions {
  /** Asserts that the inventory now shows a sandbox in this state. */
  mustBe(id: string, state: Found['state'] | 'absent', when: string): Promise<void>;
  /** Asserts that the driver reports a crash of this sandbox with this incarnation, and never with another. */
  mustCrash(id: string, incarnation: number): Promise<void>;
  /** Asserts that the driver reports an exit of this sandbox with this incarnation and this code. */
  mustExit(id: string, incarnation: number, exitCode: number): Promise<void>;
  /** Asserts what the driver knows about a sandbox. Does nothing for a driver that cannot inspect. */
  mustShow(id: string, states: readonly Inspection['state'][], when: string): Promise<void>;
}

/** The parts of a check that the assertions use. */
interface AssertionContext extends Pick<Calls, 'callDriver'> {
  readonly crashesOf: (id: string) => readonly (Crash | Exit)[];
  readonly limitMs: number;
}

/** Creates the assertions about the current driver. */
export function createAssertions({ callDriver, crashesOf, limitMs }: AssertionContext): Assertions {
  return {
    async mustBe(id, state, when) {
      const found = await callDriver('inventory', (current) => current.inventory());
      const here = found.filter(({ sandboxId }) => sandboxId === id);
      assert.ok(here.length < 2, `${when}: the inventory shows the sandbox ${here.length} times.`);
      assert.equal(
        here[0]?.state ?? 'absent',
        state,
        `${when}: the inventory must show the sandbox as ${state}.`,
      );
    },
    async mustCrash(id, incarnation) {
      await eventually(limitMs, 'The driver must report a crash', () => crashesOf(id).length > 0);
      for (const crash of crashesOf(id)) {
        assert.equal(crash.incarnation, incarnation, 'A crash must name the incarnation that ended.');
        assert.ok(crash.reason.length > 0, 'A crash must have a reason.');
        assert.equal(exitCodeOf(crash), null, 'A crash must not have an exit code: its program was ended.');
      }
    },
    async mustExit(id, incarnation, exitCode) {
      await eventually(limitMs, 'The driver must report an exit', () => crashesOf(id).length > 0);
      for (const end of crashesOf(id)) {
        assert.equal(end.incarnation, incarnation, 'An exit must name the incarnation that ended.');
        assert.equal(exitCodeOf(end), exitCode, 'An exit must have the exit code of the program.');
        assert.ok(end.reason.length > 0, 'An exit must have a reason.');
      }
    },
    async mustShow(id, states, when) {
      const seen = await callDriver('inspect', async (current) => current.inspect?.(id));
      if (seen === undefined) return;
      assert.ok(
        states.includes(seen.state),
        `${when}: inspect must show the sandbox as ${states.join(' or ')}, but it is ${seen.state}.`,
      );
      if (seen.state === 'exited')
        assert.ok(seen.reason.length > 0, `${when}: inspect must give the reason of the end.`);
    },
  };
}

function exitCodeOf(end: Crash | Exit): number | null {
  return 'exitCode' in end ? end.exitCode : null;
}
