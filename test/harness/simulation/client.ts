import type { CommandRequest, CreateRequest, UpdateRequest } from '../../../src/server/host.ts';
import { read } from './reading.ts';
import type { Action } from './request.ts';
import type { Sender } from './sender.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** The namespaces of a world. Each has its own sandbox names. */
export const namespaces = ['left', 'right'] as const;

const names = ['ada', 'grace', 'mary'] as const;

/** The most sandboxes in a world; more would only make a run longer. */
const mostSandboxes = 12;

/** The most requests of one client. */
const mostRequests = 25;

/** Runs a client that sends one request after the other until the world is quiet. */
export async function runClient(world: World, supervisor: Supervisor, sender: Sender): Promise<void> {
  const { random, clock, profile, counters } = world;
  const isBusy = () => clock.elapsed() < profile.busyMs && world.failure === undefined;
  const pauseMs = random.pick([500, 5_000, 15_000]);

  for (let sent = 0; sent < mostRequests && isBusy(); sent++) {
    await new Promise<void>((resolve) => void clock.wake(random.between(0, pauseMs), resolve));
    if (!isBusy()) return;
    const namespace = random.pick(namespaces);
    if (random.chance(0.2)) {
      counters.count('client reads');
      await read(world, supervisor, namespace, targetIn(world, namespace));
      continue;
    }
    const action = draw(world, sender, namespace);
    if (action === undefined) continue;
    counters.count(`client sends ${action.kind === 'send' ? action.command.type : action.kind}`);
    const rival = rivalOf(world, action);
    if (rival) counters.count('client deletes a snapshot while it restores from it');
    await Promise.all([rival, action].map((each) => each && perform(each, namespace)));
  }

  async function perform(action: Action, namespace: string): Promise<void> {
    const ifVersion =
      action.kind !== 'deleteSnapshot' && 'target' in action && random.chance(0.2)
        ? versionFor(action)
        : undefined;
    if (random.chance(0.4)) {
      await sender.sendOnce(sender.make(action, { namespace, ifVersion }));
      return;
    }
    const key = `key ${sender.requests.length}`;
    const request = sender.make(action, { namespace, ifVersion, key });
    // An impatient client sends a request twice at once, or again after the response.
    const isDoubled = random.chance(0.3);
    await Promise.all([request, ...(isDoubled ? [request] : [])].map(sender.sendUntilAnswered));
    if (isDoubled) counters.count('sent twice at once');
    if (random.chance(0.2)) {
      counters.count('sent again after the response');
      await sender.sendUntilAnswered(request);
    }
    if (request.answer?.kind === 'answered' && random.chance(0.1)) {
      counters.count('key used for another request');
      const other: Action = { kind: 'create', request: { name: `other ${key}` } };
      await sender.sendUntilAnswered(sender.make(other, { namespace, key, isKeyReused: true }));
    }
  }

  function versionFor({ target }: { readonly target: string }): number {
    const version = world.audit.versionOf(target);
    return random.chance(0.7) ? version : version + random.between(-1, 1);
  }
}

/** Draws the next action of a client, or undefined when the namespace has no target for one. */
function draw(world: World, sender: Sender, namespace: string): Action | undefined {
  const { random, audit } = world;
  const target = targetIn(world, namespace);
  const canCreate = audit.entries.size < mostSandboxes;
  if (target === undefined || (canCreate && random.chance(0.25))) {
    return canCreate ? { kind: 'create', request: creation(world, namespace) } : undefined;
  }
  if (random.chance(0.12)) return update(world, target, sender.requests.length);
  const snapshot = random.chance(0.06) ? snapshotIn(world, namespace) : undefined;
  if (snapshot !== undefined) return { kind: 'deleteSnapshot', id: snapshot };
  return { kind: 'send', target, command: command(world) };
}

/** Sometimes, the deletion of the snapshot that a creation restores from. */
function rivalOf({ random }: World, action: Action): Action | undefined {
  if (action.kind !== 'create') return undefined;
  const id = action.request.configuration?.snapshotId ?? null;
  return id !== null && random.chance(0.3) ? { kind: 'deleteSnapshot', id } : undefined;
}

function creation(world: World, namespace: string): Omit<CreateRequest, 'namespace'> {
  const { random } = world;
  const name = random.chance(0.65) ? random.pick(names) : null;
  const timeoutSeconds = random.pick([undefined, 0, random.between(1, 60), random.between(1, 15)]);
  const snapshotId = random.chance(0.3) ? snapshotIn(world, namespace) : undefined;
  const idleTimeoutSeconds = random.chance(0.2) ? random.between(1, 60) : undefined;
  const suspendedTimeoutSeconds = random.chance(0.3) ? random.between(1, 90) : undefined;
  const limits = { timeoutSeconds, idleTimeoutSeconds, suspendedTimeoutSeconds };
  return { name, ...limits, ...(snapshotId !== undefined && { configuration: { snapshotId } }) };
}

function command({ random }: World): CommandRequest {
  const type = random.pick([
    ...(['suspend', 'suspend', 'suspend', 'resume', 'resume', 'resume', 'resume'] as const),
    ...(['snapshot', 'snapshot', 'snapshot', 'terminate', 'keepalive', 'rename', 'setTimeouts'] as const),
  ]);
  if (type === 'setTimeouts') return { type, ...newLimits(random) };
  if (type === 'snapshot') return { type, snapshotType: random.pick(['memory', 'filesystem']) };
  return type === 'rename' ? { type, name: random.pick(names) } : { type };
}

/** Draws an update with a port that no other update sets, so that the port identifies its update. */
function update({ random }: World, target: string, requests: number): Action {
  const name = random.chance(0.3) ? random.pick(names) : undefined;
  const exposedPorts = [1_000 + requests];
  const limits = random.chance(0.4) ? newLimits(random) : {};
  return { kind: 'update', target, request: { name, ...limits, configuration: { exposedPorts } } };
}

/** Draws one to three new limits. The policy may not allow them. */
function newLimits(random: World['random']): Omit<UpdateRequest, 'name' | 'configuration'> {
  const limits = {
    ...(random.chance(0.5) && { timeoutSeconds: random.pick([null, 0, 5, 60, 130]) }),
    ...(random.chance(0.3) && { idleTimeoutSeconds: random.pick([null, 5, 60]) }),
    ...(random.chance(0.5) && { suspendedTimeoutSeconds: random.pick([null, 1, 5, 60]) }),
  };
  return Object.keys(limits).length > 0 ? limits : { timeoutSeconds: 30 };
}

/** The id or the name of a sandbox, mostly of one that has not ended. */
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
