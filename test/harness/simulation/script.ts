import type { Status } from '../../../src/model/sandbox.ts';
import type { CommandRequest, CreateRequest } from '../../../src/server/host.ts';
import type { SandboxEntry } from '../../../src/server/store/records.ts';
import { namespaces } from './client.ts';
import type { Action } from './request.ts';
import type { Sender } from './sender.ts';
import type { World } from './world.ts';

/** The steps of a scenario. A request step ends with its response, however often the host crashes meanwhile. */
export interface Script {
  readonly world: World;
  /** Returns the id. */
  create(request?: Omit<CreateRequest, 'namespace'>): Promise<string>;
  send(id: string, command: CommandRequest): Promise<void>;
  perform(ask: Action): Promise<void>;
  /** Waits until the record has this status. */
  until(id: string, status: Status): Promise<void>;
  /** Waits until the platform has carried out an operation. */
  untilDone(id: string, operation: number): Promise<void>;
  /** Waits this many ms. */
  pass(milliseconds: number): Promise<void>;
  status(id: string): Status | undefined;
  /** The id of the newest snapshot. */
  lastSnapshot(): string;
}

const [namespace] = namespaces;

/** The interval at which a condition is checked, and the longest wait, in ms. */
const pollMs = 50;
const longestWaitMs = 300_000;

/** Creates a script for a world. */
export function createScript(world: World, sender: Sender): Script {
  const { audit, clock, platform } = world;
  let keys = 0;

  const pass = (milliseconds: number) =>
    new Promise<void>((resolve) => void clock.wake(milliseconds, resolve));

  async function perform(action: Action): Promise<unknown> {
    const request = sender.make(action, { namespace, key: `script ${++keys}` });
    const outcome = await sender.sendUntilAnswered(request);
    if (outcome.kind !== 'answered') throw new Error(`${request.cause} was ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  async function wait(what: string, holds: () => boolean): Promise<void> {
    for (let waited = 0; !holds(); waited += pollMs) {
      if (waited > longestWaitMs) throw new Error(`After ${longestWaitMs} ms, not yet: ${what}`);
      await pass(pollMs);
    }
  }

  const status = (id: string) => audit.entries.get(id)?.sandbox.status;

  return {
    world,
    pass,
    status,
    create: async (request = {}) => ((await perform({ kind: 'create', request })) as SandboxEntry).sandbox.id,
    send: async (target, command) => void (await perform({ kind: 'send', target, command })),
    perform: async (action) => void (await perform(action)),
    until: (id, expected) => wait(`${id} is ${expected}`, () => status(id) === expected),
    untilDone: (id, operation) =>
      wait(`operation ${operation} of ${id} is done`, () => platform.timesDone(id, operation) > 0),
    lastSnapshot() {
      const id = [...audit.snapshots.keys()].at(-1);
      if (id === undefined) throw new Error('The run has no snapshot yet.');
      return id;
    },
  };
}
