import type { SendRequest, ServerChange, ServerReply } from '../../../src/client/index.ts';
import {
  type Command,
  createSandbox,
  duties,
  type Effect,
  type Policy,
  type Sandbox,
  type SandboxEvent,
  transition,
} from '../../../src/index.ts';
import type { WithoutTime } from '../../../src/model/events.ts';
import type { World } from './world.ts';

/** How the simulated server and its platform are. */
interface ServerOptions {
  readonly world: World;
  readonly id: string;
  readonly random: () => number;
  readonly policy: Policy;
  readonly name: string | null;
  readonly timeoutMs: number | null;
  /** How likely a platform operation is to fail. */
  readonly failures: number;
  /** How far its clock is ahead of the clients', in ms. */
  readonly aheadMs: number;
  /** Whether it keeps idempotency keys. */
  readonly keepsKeys: boolean;
}

/** What a server has done with one command of a client. */
export interface Deed {
  readonly command: Command;
  requests: number;
  readonly appliedAt: number[];
  refusals: number;
  unchanged: number;
}

/** A server that runs our own machine, with versions, a history, keys, timeouts and a platform that takes its time. */
export interface SimulatedServer {
  /** Every record that there ever was, by version. */
  readonly records: readonly Sandbox[];
  readonly history: readonly ServerChange[];
  readonly deeds: ReadonlyMap<string, Deed>;
  readonly counts: { timeouts: number; failures: number; keyedAnswers: number; preconditions: number };
  record(): Sandbox;
  now(): number;
  handle(request: SendRequest): ServerReply;
  apply(event: WithoutTime<SandboxEvent>, actor: string | null): void;
  onChange(listener: (change: ServerChange) => void): () => void;
  /** Nothing happens by itself any more. */
  freeze(): void;
}

/** How the life of a sandbox begins. */
export interface Beginning {
  readonly isNamed: boolean;
  readonly timeoutMs: number | null;
  readonly start: 'pending' | 'running' | 'suspended';
}

/** A server whose sandbox has come as far as that. */
export function createServerAt(
  { isNamed, timeoutMs, start }: Beginning,
  options: Omit<ServerOptions, 'name' | 'timeoutMs'>,
): SimulatedServer {
  const name = isNamed || start === 'suspended' ? 'named' : null;
  const server = createServer({ ...options, name, timeoutMs });
  if (start !== 'pending') server.apply({ type: 'boot.completed', operation: 1 }, null);
  if (start === 'suspended') {
    server.apply({ type: 'suspend' }, 'other');
    server.apply({ type: 'suspend.completed', operation: 2 }, null);
  }
  return server;
}

function createServer(options: ServerOptions): SimulatedServer {
  const { world, random, policy } = options;
  const now = () => world.now() + options.aheadMs;
  const first = createSandbox(
    { id: options.id, name: options.name, timeoutMs: options.timeoutMs, at: now() },
    policy,
  );
  let record = first.sandbox;
  let isFrozen = false;
  let cancelAlarm = () => {};
  const records: Sandbox[] = [];
  const history: ServerChange[] = [];
  const keys = new Map<string, ServerReply>();
  const deeds = new Map<string, Deed>();
  const listeners = new Set<(change: ServerChange) => void>();
  const counts = { timeouts: 0, failures: 0, keyedAnswers: 0, preconditions: 0 };

  function write(
    sandbox: Sandbox,
    event: string,
    effects: readonly Effect[],
    actor: string | null,
    cause: string | null,
  ) {
    const change = { sandbox, at: now(), from: records.length ? record.status : null, event, actor, cause };
    record = Object.freeze(sandbox);
    records[record.version] = record;
    history.push(change);
    for (const listener of [...listeners]) listener(change);
    for (const { type, operation } of effects) if (type !== 'release') work(type, operation);
    cancelAlarm();
    const { timeoutAt } = duties(record);
    if (timeoutAt === undefined) return;
    cancelAlarm = world.wake(timeoutAt - now(), () => {
      if (isFrozen) return;
      counts.timeouts++;
      step({ type: 'timeout', at: now() }, null, null);
    });
  }

  function step(event: SandboxEvent, actor: string | null, cause: string | null) {
    const result = transition(record, event, policy);
    if (result.outcome === 'applied') write(result.sandbox, event.type, result.effects, actor, cause);
    return result;
  }

  /** The platform does what it is asked, fails, or (rarely) never comes back. */
  function work(kind: 'boot' | 'snapshot' | 'suspend' | 'resume', operation: number): void {
    const luck = random();
    if (luck < options.failures / 4) return;
    world.wake(50 + random() * 2500, () => {
      if (isFrozen) return;
      const failed = luck < options.failures;
      if (failed) counts.failures++;
      step(
        failed
          ? { type: `${kind}.failed`, operation, reason: 'the platform failed', at: now() }
          : { type: `${kind}.completed`, operation, at: now() },
        null,
        null,
      );
    });
  }

  function carryOut({ id, command, ifVersion }: SendRequest, deed: Deed): ServerReply {
    if (ifVersion !== undefined && ifVersion !== record.version) {
      deed.refusals++;
      counts.preconditions++;
      return { outcome: 'refused', reason: { code: 'moved_on', message: 'The sandbox has moved on.' } };
    }
    const event =
      command.type === 'snapshot' ? { ...command, snapshotId: `snapshot-${record.version}` } : command;
    const result = step({ ...event, at: now() }, 'client', id);
    if (result.outcome === 'refused') {
      deed.refusals++;
      return { outcome: 'refused', reason: { code: result.refusal.code, message: result.refusal.message } };
    }
    if (result.outcome === 'applied') deed.appliedAt.push(record.version);
    else deed.unchanged++;
    return {
      outcome: 'accepted',
      ...(options.keepsKeys && { version: record.version }),
      isUnchanged: result.reason === 'satisfied' && (command.type === 'suspend' || command.type === 'resume'),
    };
  }

  write(record, 'created', first.effects, null, null);
  return {
    records,
    history,
    deeds,
    counts,
    record: () => record,
    now,
    handle(request) {
      const { id, command } = request;
      const deed = deeds.get(id) ?? { command, requests: 0, appliedAt: [], refusals: 0, unchanged: 0 };
      deeds.set(id, deed);
      deed.requests++;
      const known = options.keepsKeys ? keys.get(id) : undefined;
      if (known) counts.keyedAnswers++;
      const answer = known ?? carryOut(request, deed);
      keys.set(id, answer);
      return answer;
    },
    apply(event, actor) {
      step({ ...event, at: now() } as SandboxEvent, actor, actor && `${actor}-${history.length}`);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    freeze() {
      isFrozen = true;
    },
  };
}
