import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { SnapshotJob } from '../../../../src/server/index.ts';
import { driverConformance } from '../../../../src/testing/index.ts';
import { type Machines, machineDriver } from '../../../harness/server/example-driver.ts';

interface Platform extends Machines {
  /** Ends a machine: with an exit code, its program ended by itself. */
  end(name: string, exitCode: number | null): void;
  typeOf(snapshot: string): SnapshotJob['snapshotType'];
  readonly started: string[];
}

/** A platform with a minimal client, on which each capture has another size. The example driver itself must provide every guarantee. */
function platform(): Platform {
  const machines = new Map<
    string,
    { name: string; paused: boolean; incarnation: number; owner: string | null }
  >();
  const ends = new Map<string, { reason: string; exitCode: number | null }>();
  const snapshots = new Map<string, { bytes: number; type: SnapshotJob['snapshotType'] }>();
  let captures = 0;
  const started: string[] = [];
  const listeners = new Set<Parameters<Machines['onEnd']>[0]>();
  const must = (name: string) => {
    const machine = machines.get(name);
    if (!machine) throw new Error(`the machine ${name} does not exist`);
    return machine;
  };

  return {
    started,
    async list() {
      await sleep(1);
      return [...machines.values()].map((machine) => ({ ...machine }));
    },
    async start(name, { incarnation, owner }) {
      await sleep(4);
      if (machines.has(name)) throw new Error(`the machine ${name} already exists`);
      started.push(name);
      machines.set(name, { name, paused: false, incarnation, owner });
      ends.delete(name);
    },
    async pause(name) {
      await sleep(2);
      must(name).paused = true;
    },
    async continue(name, incarnation) {
      await sleep(2);
      Object.assign(must(name), { paused: false, incarnation });
    },
    async capture(name, snapshot, type) {
      await sleep(4);
      must(name);
      captures += 1;
      snapshots.set(snapshot, { bytes: captures, type });
      return { bytes: captures };
    },
    findSnapshot: async (snapshot) => snapshots.get(snapshot),
    typeOf: (snapshot) => snapshots.get(snapshot)?.type ?? 'filesystem',
    endOf: async (name) => ends.get(name),
    async remove(name) {
      await sleep(2);
      machines.delete(name);
      ends.delete(name);
    },
    removeSnapshot: async (snapshot) => void snapshots.delete(snapshot),
    onEnd(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end(name, exitCode) {
      const { incarnation } = must(name);
      const end = { reason: exitCode === null ? 'killed' : `exited with code ${exitCode}`, exitCode };
      machines.delete(name);
      ends.set(name, end);
      for (const listener of listeners) listener({ name, incarnation, ...end });
    },
  };
}

describe.concurrent('the driver in docs/drivers.md', () => {
  const checks = driverConformance({
    create() {
      const machines = platform();
      const reopen = () => machineDriver(machines);
      return { machines, driver: reopen(), reopen };
    },
    kill: ({ machines }, id) => machines.end(id, null),
    exit: ({ machines }, id, code) => machines.end(id, code),
    snapshotTypeOf: ({ machines }, id) => machines.typeOf(id),
  });
  for (const { name, run } of checks) test(name, run);

  test('is the tested driver', () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    const code = read('../../../harness/server/example-driver.ts').replace(
      '../../../src/server/index.ts',
      'sandbox-lifecycle/server',
    );
    expect(read('../../../../docs/drivers.md')).toContain(`\`\`\`ts\n${code}\`\`\``);
  });
});
