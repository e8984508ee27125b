import type { Status } from '../../../src/model/sandbox.ts';
import type { CommandRequest, CreateRequest } from '../../../src/server/host.ts';
import type { SandboxEntry } from '../../../src/server/store/store.ts';
import { namespaces } from './client.ts';
import type { RequestKind } from './request.ts';
import type { Sender } from './sender.ts';
import type { World } from './world.ts';

/** What a scenario is written with. Each step ends when its request is answered, however often its host goes. */
export interface Script {
  readonly world: World;
  /** Answers the id. */
  create(request?: Omit<CreateRequest, 'namespace'>): Promise<string>;
  send(id: string, command: CommandRequest): Promise<void>;
  ask(ask: RequestKind): Promise<void>;
  /** Waits until the record says so. */
  until(id: string, status: Status): Promise<void>;
  /** Waits until the platform has carried out an operation. */
  untilDone(id: string, operation: number): Promise<void>;
  /** Waits so many ms. */
  pass(milliseconds: number): Promise<void>;
  status(id: string): Status | undefined;
  /** The snapshot that was begun last. */
  lastSnapshot(): string;
}

const [namespace] = namespaces;

/** How often it is looked whether something has come about, and how long at the most, in ms. */
const lookMs = 50;
const longestWaitMs = 120_000;

/** A script in a world. */
export function createScript(world: World, sender: Sender): Script {
  const { audit, clock, platform } = world;
  let keys = 0;

  const pass = (milliseconds: number) =>
    new Promise<void>((resolve) => void clock.wake(milliseconds, resolve));

  async function ask(asked: RequestKind): Promise<unknown> {
    const request = sender.make(asked, { namespace, key: `script ${++keys}` });
    const outcome = await sender.sendUntilAnswered(request);
    if (outcome.kind !== 'answered') throw new Error(`${request.cause} was ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  async function wait(what: string, holds: () => boolean): Promise<void> {
    for (let waited = 0; !holds(); waited += lookMs) {
      if (waited > longestWaitMs) throw new Error(`Never: ${what}`);
      await pass(lookMs);
    }
  }

  const status = (id: string) => audit.entries.get(id)?.sandbox.status;

  return {
    world,
    pass,
    status,
    create: async (request = {}) => ((await ask({ kind: 'create', request })) as SandboxEntry).sandbox.id,
    send: async (target, command) => void (await ask({ kind: 'send', target, command })),
    ask: async (asked) => void (await ask(asked)),
    until: (id, wanted) => wait(`${id} is ${wanted}`, () => status(id) === wanted),
    untilDone: (id, operation) =>
      wait(`operation ${operation} of ${id} is done`, () => platform.timesDone(id, operation) > 0),
    lastSnapshot() {
      const id = [...audit.snapshots.keys()].at(-1);
      if (id === undefined) throw new Error('There is no snapshot.');
      return id;
    },
  };
}
