import type { CommandRequest, CreateRequest } from '../../../src/server/host.ts';
import { read } from './reading.ts';
import type { RequestKind } from './request.ts';
import type { Sender } from './sender.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** The namespaces of a world, each with its own names. */
export const namespaces = ['left', 'right'] as const;

const names = ['ada', 'grace', 'mary'] as const;

/** How many sandboxes there are at the most: more would only make a run longer. */
const mostSandboxes = 12;

/** How often one client asks for something at the most. */
const mostAsked = 25;

/** Has a client ask for one thing after the other until it is quiet. */
export async function runClient(world: World, supervisor: Supervisor, sender: Sender): Promise<void> {
  const { random, clock, profile, counters } = world;
  const isBusy = () => clock.elapsed() < profile.busyMs && world.failure === undefined;
  const pauseMs = random.pick([500, 5_000, 15_000]);

  for (let asked = 0; asked < mostAsked && isBusy(); asked++) {
    await new Promise<void>((resolve) => void clock.wake(random.between(0, pauseMs), resolve));
    if (!isBusy()) return;
    const namespace = random.pick(namespaces);
    if (random.chance(0.2)) {
      counters.count('client reads');
      await read(world, supervisor, namespace, targetIn(world, namespace));
      continue;
    }
    const ask = draw(world, sender, namespace);
    if (ask === undefined) continue;
    counters.count(`client asks ${ask.kind === 'send' ? ask.command.type : ask.kind}`);
    await askFor(ask, namespace);
  }

  async function askFor(ask: RequestKind, namespace: string): Promise<void> {
    const ifVersion =
      ask.kind !== 'deleteSnapshot' && 'target' in ask && random.chance(0.2) ? versionFor(ask) : undefined;
    if (random.chance(0.4)) {
      await sender.sendOnce(sender.make(ask, { namespace, ifVersion }));
      return;
    }
    const key = `key ${sender.requests.length}`;
    const request = sender.make(ask, { namespace, ifVersion, key });
    // An impatient client sends it a second time before it has an answer, or once more later on.
    const isDoubled = random.chance(0.3);
    await Promise.all([request, ...(isDoubled ? [request] : [])].map(sender.sendUntilAnswered));
    if (isDoubled) counters.count('sent twice at once');
    if (random.chance(0.2)) {
      counters.count('sent again after the answer');
      await sender.sendUntilAnswered(request);
    }
    if (request.answer?.kind === 'answered' && random.chance(0.1)) {
      counters.count('key used for another request');
      const other: RequestKind = { kind: 'create', request: { name: `other ${key}` } };
      await sender.sendUntilAnswered(sender.make(other, { namespace, key, isKeyReused: true }));
    }
  }

  function versionFor({ target }: { readonly target: string }): number {
    const version = world.audit.versionOf(target);
    return random.chance(0.7) ? version : version + random.between(-1, 1);
  }
}

/** What a client would ask for next, or undefined when there is nothing to ask it of. */
function draw(world: World, sender: Sender, namespace: string): RequestKind | undefined {
  const { random, audit } = world;
  const target = targetIn(world, namespace);
  const isRoom = audit.entries.size < mostSandboxes;
  if (target === undefined || (isRoom && random.chance(0.25))) {
    return isRoom ? { kind: 'create', request: creation(world, namespace) } : undefined;
  }
  if (random.chance(0.12)) return update(world, target, sender.requests.length);
  const snapshot = random.chance(0.06) ? snapshotIn(world, namespace) : undefined;
  if (snapshot !== undefined) return { kind: 'deleteSnapshot', id: snapshot };
  return { kind: 'send', target, command: command(world) };
}

function creation(world: World, namespace: string): Omit<CreateRequest, 'namespace'> {
  const { random } = world;
  const name = random.chance(0.65) ? random.pick(names) : null;
  const timeoutSeconds = random.pick([undefined, 0, random.between(1, 60), random.between(1, 15)]);
  const snapshotId = random.chance(0.3) ? snapshotIn(world, namespace) : undefined;
  return { name, timeoutSeconds, ...(snapshotId !== undefined && { configuration: { snapshotId } }) };
}

function command({ random }: World): CommandRequest {
  const type = random.pick([
    ...(['suspend', 'suspend', 'suspend', 'resume', 'resume', 'resume', 'resume'] as const),
    ...(['snapshot', 'snapshot', 'snapshot', 'terminate', 'keepalive', 'rename'] as const),
  ]);
  if (type === 'snapshot') return { type, snapshotType: random.pick(['memory', 'filesystem']) };
  return type === 'rename' ? { type, name: random.pick(names) } : { type };
}

/** Each update sets something that no other sets, so that one can see whose is there. */
function update({ random }: World, target: string, requests: number): RequestKind {
  const name = random.chance(0.3) ? random.pick(names) : undefined;
  const exposedPorts = [1_000 + requests];
  return { kind: 'update', target, request: { name, configuration: { exposedPorts } } };
}

/** The id of a sandbox, mostly of one that lives, or its name. */
function targetIn({ random, audit }: World, namespace: string): string | undefined {
  const entries = [...audit.entries.values()].filter((entry) => entry.namespace === namespace);
  const living = entries.filter(({ sandbox }) => sandbox.status !== 'terminated');
  const from = living.length > 0 && random.chance(0.9) ? living : entries;
  if (from.length === 0) return undefined;
  const { id, name } = random.pick(from).sandbox;
  return name !== null && random.chance(0.3) ? name : id;
}

function snapshotIn({ random, audit }: World, namespace: string): string | undefined {
  const ids = [...audit.snapshots.values()].filter((one) => one.namespace === namespace).map(({ id }) => id);
  return ids.length === 0 ? undefined : random.pick(ids);
}
