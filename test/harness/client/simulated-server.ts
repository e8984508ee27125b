import type { SendRequest, ServerChange, ServerReply } from '../../../src/client/index.ts';
import {
  type Command,
  createSandbox,
  duties,
  type Effect,
  type Policy,
  type Sandbox,
  type SandboxEvent,
  type Transition,
  transition,
} from '../../../src/index.ts';
import type { WithoutTime } from '../../../src/model/events.ts';
import type { World } from './world.ts';

/** The configuration of the simulated server and its platform. */
interface ServerOptions {
  readonly world: World;
  readonly id: string;
  readonly random: () => number;
  readonly policy: Policy;
  readonly name: string | null;
  readonly timeoutMs: number | null;
  /** The probability that a platform operation fails. */
  readonly failures: number;
  /** The offset of its clock from the clients', in ms; positive when it is ahead. */
  readonly aheadMs: number;
  /** Whether it keeps idempotency keys. */
  readonly keepsKeys: boolean;
}

/** The effects of one command of a client on the server. */
export interface HandledCommand {
  readonly command: Command;
  requests: number;
  readonly appliedAt: number[];
  refusals: number;
  unchanged: number;
}

/** The record of one sandbox, its history, its timeouts, and the platform that carries out its operations. */
interface SimulatedSandbox {
  /** Every record so far, by version. */
  readonly records: readonly Sandbox[];
  readonly history: readonly ServerChange[];
  record(): Sandbox;
  /** The server's clock, in epoch ms. */
  now(): number;
  onChange(listener: (change: ServerChange) => void): () => void;
  /** Whether the record was ever the current one, also before a restore. */
  wasRecord(sandbox: Sandbox): boolean;
  /** How often the server was turned back. */
  restores(): number;
  /** Turns the record and the history back by this many versions, as an operator does who restores a database. */
  turnBack(steps: number): void;
  /** Stops timeouts and platform operations. */
  freeze(): void;
}

/** A server that runs the machine, with versions, a history, keys, timeouts and a platform whose operations take time. */
export interface SimulatedServer extends SimulatedSandbox {
  readonly handled: ReadonlyMap<string, HandledCommand>;
  readonly counts: ServerCounts;
  handle(request: SendRequest): ServerReply;
  /** Makes every request of commands of this type fail with this reply or hang; undefined repairs them. */
  breakCommand(type: string, reply: ServerReply | 'hangs' | undefined): void;
  brokenReply(type: string): ServerReply | 'hangs' | undefined;
  apply(event: WithoutTime<SandboxEvent>, actor: string | null): void;
  /** Crashes the sandbox or ends its program, if it runs, or loses it, if it is suspended. */
  end(how: 'crash' | 'exit' | 'lose'): void;
}

type ServerCounts = Record<'timeouts' | 'failures' | 'keyedReplies' | 'preconditions', number>;

/** The state of a sandbox at the start of a schedule. */
export interface InitialState {
  readonly isNamed: boolean;
  readonly timeoutMs: number | null;
  readonly start: 'pending' | 'running' | 'suspended';
}

/** Creates a server whose sandbox is in this state. */
export function createServerAt(
  { isNamed, timeoutMs, start }: InitialState,
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
  const counts: ServerCounts = { timeouts: 0, failures: 0, keyedReplies: 0, preconditions: 0 };
  const { dispatch, ...sandbox } = createSimulatedSandbox(options, counts);
  const { record, now, history } = sandbox;
  const replies = new Map<string, ServerReply>();
  const handled = new Map<string, HandledCommand>();
  const broken = new Map<string, ServerReply | 'hangs' | undefined>();

  function execute({ id, command, ifVersion }: SendRequest, entry: HandledCommand): ServerReply {
    if (ifVersion !== undefined && ifVersion !== record().version) {
      entry.refusals++;
      counts.preconditions++;
      return {
        outcome: 'refused',
        reason: { code: 'moved_on', message: 'The sandbox has a newer version.' },
      };
    }
    const event =
      command.type === 'snapshot' ? { ...command, snapshotId: `snapshot-${record().version}` } : command;
    const result = dispatch({ ...event, at: now() }, 'client', id);
    if (result.outcome === 'refused') {
      entry.refusals++;
      return { outcome: 'refused', reason: { code: result.refusal.code, message: result.refusal.message } };
    }
    if (result.outcome === 'applied') entry.appliedAt.push(record().version);
    else entry.unchanged++;
    return {
      outcome: 'accepted',
      ...(options.keepsKeys && { version: record().version }),
      isUnchanged: result.reason === 'satisfied' && (command.type === 'suspend' || command.type === 'resume'),
    };
  }

  function apply(event: WithoutTime<SandboxEvent>, actor: string | null): void {
    dispatch({ ...event, at: now() } as SandboxEvent, actor, actor && `${actor}-${history.length}`);
  }

  return {
    ...sandbox,
    handled,
    counts,
    handle(request) {
      const { id, command } = request;
      const entry = handled.get(id) ?? { command, requests: 0, appliedAt: [], refusals: 0, unchanged: 0 };
      handled.set(id, entry);
      entry.requests++;
      const known = options.keepsKeys ? replies.get(id) : undefined;
      if (known) counts.keyedReplies++;
      const reply = known ?? execute(request, entry);
      replies.set(id, reply);
      return reply;
    },
    apply,
    turnBack(steps) {
      sandbox.turnBack(steps);
      // The keys of later requests are lost with their effects.
      for (const [id, reply] of replies)
        if (reply.outcome !== 'accepted' || (reply.version ?? 0) >= record().version) replies.delete(id);
    },
    breakCommand: (type, reply) => broken.set(type, reply),
    brokenReply: (type) => broken.get(type),
    end(how) {
      const { incarnation, version } = record();
      if (how === 'lose') apply({ type: 'lost', version, reason: 'the disk is missing' }, null);
      if (incarnation === null) return;
      if (how === 'crash') apply({ type: 'crashed', incarnation, reason: 'the process exited' }, null);
      if (how === 'exit') apply({ type: 'exited', incarnation, exitCode: version % 2, reason: null }, null);
    },
  };
}

type Dispatch = (event: SandboxEvent, actor: string | null, cause: string | null) => Transition;

function createSimulatedSandbox(
  options: ServerOptions,
  counts: ServerCounts,
): SimulatedSandbox & { readonly dispatch: Dispatch } {
  const { world, random, policy, id, name, timeoutMs } = options;
  const now = () => world.now() + options.aheadMs;
  const created = createSandbox({ id, name, timeoutMs, at: now() }, policy);
  let record = created.sandbox;
  let isFrozen = false;
  let cancelAlarm = () => {};
  const records: Sandbox[] = [];
  const history: ServerChange[] = [];
  const everRecords = new Set<Sandbox>();
  let restores = 0;
  const listeners = new Set<(change: ServerChange) => void>();

  function commit(
    sandbox: Sandbox,
    event: string,
    effects: readonly Effect[],
    actor: string | null,
    cause: string | null,
  ): void {
    const change = { sandbox, at: now(), from: records.length ? record.status : null, event, actor, cause };
    record = Object.freeze(sandbox);
    records[record.version] = record;
    everRecords.add(record);
    history.push(change);
    for (const listener of [...listeners]) listener(change);
    for (const effect of effects)
      if (effect.type !== 'release' && effect.type !== 'configure')
        startOperation(effect.type, effect.operation);
    setAlarm();
  }

  function setAlarm(): void {
    cancelAlarm();
    const { timeoutAt } = duties(record);
    if (timeoutAt === undefined) return;
    cancelAlarm = world.wake(timeoutAt - now(), () => {
      if (isFrozen) return;
      counts.timeouts++;
      dispatch({ type: 'timeout', at: now() }, null, null);
    });
  }

  const dispatch: Dispatch = (event, actor, cause) => {
    const result = transition(record, event, policy);
    if (result.outcome === 'applied') commit(result.sandbox, event.type, result.effects, actor, cause);
    return result;
  };

  /** Starts an operation of the platform, which completes, fails or (rarely) never ends. */
  function startOperation(kind: 'boot' | 'snapshot' | 'suspend' | 'resume', operation: number): void {
    const luck = random();
    if (luck < options.failures / 4) return;
    world.wake(50 + random() * 2500, () => {
      if (isFrozen) return;
      const hasFailed = luck < options.failures;
      if (hasFailed) counts.failures++;
      const event: SandboxEvent = hasFailed
        ? { type: `${kind}.failed`, operation, reason: 'the platform failed', at: now() }
        : { type: `${kind}.completed`, operation, at: now() };
      dispatch(event, null, null);
    });
  }

  commit(record, 'created', created.effects, null, null);
  return {
    records,
    history,
    record: () => record,
    now,
    dispatch,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wasRecord: (sandbox) => everRecords.has(sandbox),
    restores: () => restores,
    turnBack(steps) {
      const version = Math.max(1, record.version - steps);
      if (version === record.version) return;
      restores++;
      record = records[version] as Sandbox;
      records.length = version + 1;
      history.length = version;
      setAlarm();
    },
    freeze() {
      isFrozen = true;
    },
  };
}
