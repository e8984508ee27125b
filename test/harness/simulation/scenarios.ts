import type { Script } from './script.ts';

/** A short sequence of requests, and its end, which must not depend on crashes of the host. */
export interface Scenario {
  readonly name: string;
  /** Returns a function that reads the end: the statuses, or another proof that everything was done. */
  readonly run: (script: Script) => Promise<() => unknown>;
  readonly end: unknown;
}

/** Creates a running sandbox. Returns its id. */
async function running(
  script: Script,
  name: string | null = 'ada',
  timeoutSeconds?: number,
): Promise<string> {
  const id = await script.create({ name, timeoutSeconds });
  await script.until(id, 'running');
  return id;
}

/** Creates a suspended sandbox. Returns its id. */
async function suspended(script: Script): Promise<string> {
  const id = await running(script);
  await script.send(id, { type: 'suspend' });
  await script.until(id, 'suspended');
  return id;
}

/** Reads the status of a sandbox, with the reason when it has ended. */
const outcomeOf = (script: Script, id: string) => () => {
  const sandbox = script.world.audit.entries.get(id)?.sandbox;
  return `${sandbox?.status} ${sandbox?.outcome?.reason ?? ''}`.trim();
};

const terminating =
  (before: (script: Script) => Promise<string>): Scenario['run'] =>
  async (script) => {
    const id = await before(script);
    await script.send(id, { type: 'terminate' });
    return outcomeOf(script, id);
  };

/** The shortest scenarios for every state and every edge. */
export const scenarios: readonly Scenario[] = [
  { name: 'a boot', run: async (script) => outcomeOf(script, await running(script)), end: 'running' },
  {
    name: 'a suspend',
    run: async (script) => outcomeOf(script, await suspended(script)),
    end: 'suspended',
  },
  {
    name: 'a resume',
    async run(script) {
      const id = await suspended(script);
      await script.send(id, { type: 'resume' });
      await script.until(id, 'running');
      return outcomeOf(script, id);
    },
    end: 'running',
  },
  {
    name: 'a snapshot, and a restore from it',
    async run(script) {
      const id = await running(script, null);
      await script.send(id, { type: 'snapshot', snapshotType: 'memory' });
      await script.until(id, 'running');
      const snapshotId = script.lastSnapshot();
      if (script.world.audit.snapshots.get(snapshotId)?.status !== 'completed') return () => 'no snapshot';
      const restored = await script.create({ configuration: { snapshotId } });
      await script.until(restored, 'running');
      return () => [outcomeOf(script, id)(), outcomeOf(script, restored)()];
    },
    end: ['running', 'running'],
  },
  {
    name: 'a snapshot that is deleted',
    async run(script) {
      const id = await running(script);
      await script.send(id, { type: 'snapshot' });
      await script.until(id, 'running');
      await script.perform({ kind: 'deleteSnapshot', id: script.lastSnapshot() });
      return () => script.world.platform.snapshots().length;
    },
    end: 0,
  },
  {
    name: 'terminate while pending',
    run: terminating((script) => script.create()),
    end: 'terminated user_terminated',
  },
  {
    name: 'terminate while running',
    run: terminating((script) => running(script, null)),
    end: 'terminated user_terminated',
  },
  {
    name: 'terminate while snapshotting',
    run: terminating(async (script) => {
      const id = await running(script);
      await script.send(id, { type: 'snapshot' });
      return id;
    }),
    end: 'terminated user_terminated',
  },
  {
    name: 'terminate while suspending',
    run: terminating(async (script) => {
      const id = await running(script);
      await script.send(id, { type: 'suspend' });
      return id;
    }),
    end: 'terminated user_terminated',
  },
  { name: 'terminate while suspended', run: terminating(suspended), end: 'terminated user_terminated' },
  {
    name: 'terminate while resuming',
    run: terminating(async (script) => {
      const id = await suspended(script);
      await script.send(id, { type: 'resume' });
      return id;
    }),
    end: 'terminated user_terminated',
  },
  {
    name: 'the timeout of a named sandbox',
    async run(script) {
      const id = await running(script, 'ada', 3);
      await script.until(id, 'suspended');
      return outcomeOf(script, id);
    },
    end: 'suspended',
  },
  {
    name: 'the timeout of an ephemeral sandbox',
    async run(script) {
      const id = await running(script, null, 3);
      await script.until(id, 'terminated');
      return outcomeOf(script, id);
    },
    end: 'terminated timeout',
  },
  {
    name: 'a crash of a running sandbox',
    async run(script) {
      const id = await running(script);
      script.world.platform.kill(id);
      await script.until(id, 'terminated');
      return outcomeOf(script, id);
    },
    end: 'terminated crashed',
  },
  {
    name: 'a running sandbox that exits without a report',
    async run(script) {
      const id = await running(script);
      script.world.platform.kill(id, { silent: true });
      await script.until(id, 'terminated');
      return outcomeOf(script, id);
    },
    end: 'terminated crashed',
  },
  {
    name: 'a rename, which frees the name, and an update',
    async run(script) {
      const id = await running(script, 'ada');
      await script.send(id, { type: 'rename', name: 'grace' });
      const other = await running(script, 'ada');
      const request = { name: 'mary', configuration: { exposedPorts: [3_000] } };
      await script.perform({ kind: 'update', target: id, request });
      const { entries } = script.world.audit;
      return () => [
        entries.get(id)?.sandbox.name,
        entries.get(id)?.configuration.exposedPorts,
        entries.get(other)?.sandbox.name,
      ];
    },
    end: ['mary', [3_000], 'ada'],
  },
];
