import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { driverConformance } from '../../../../src/testing/index.ts';
import { type Machines, machineDriver } from '../../../harness/server/example-driver.ts';

interface Platform extends Machines {
  kill(name: string): void;
  readonly started: string[];
}

/** A platform with a minimal client. The example driver itself must provide every guarantee. */
function platform(): Platform {
  const machines = new Map<string, { name: string; paused: boolean; incarnation: number }>();
  const snapshots = new Set<string>();
  const started: string[] = [];
  const listeners = new Set<Parameters<Machines['onExit']>[0]>();
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
    async start(name, { incarnation }) {
      await sleep(4);
      if (machines.has(name)) throw new Error(`the machine ${name} already exists`);
      started.push(name);
      machines.set(name, { name, paused: false, incarnation });
    },
    async pause(name) {
      await sleep(2);
      must(name).paused = true;
    },
    async continue(name, incarnation) {
      await sleep(2);
      Object.assign(must(name), { paused: false, incarnation });
    },
    async capture(name, snapshot) {
      await sleep(4);
      must(name);
      snapshots.add(snapshot);
      return { bytes: 7 };
    },
    hasSnapshot: async (snapshot) => snapshots.has(snapshot),
    async remove(name) {
      await sleep(2);
      machines.delete(name);
    },
    removeSnapshot: async (snapshot) => void snapshots.delete(snapshot),
    onExit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    kill(name) {
      const { incarnation } = must(name);
      machines.delete(name);
      for (const listener of listeners) listener({ name, incarnation, reason: 'killed' });
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
    kill: ({ machines }, id) => machines.kill(id),
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
