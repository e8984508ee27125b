import type { PendingReason, Timeouts } from './sandbox.ts';

interface At {
  /** When it happened, in epoch ms, by the host's clock. The machine has no clock. */
  readonly at: number;
}

interface Answer extends At {
  /** The id of the operation that this report answers. */
  readonly operation: number;
}

interface Failure extends Answer {
  /** The error, for the user. */
  readonly reason: string;
}

/** One member of the union for each type, so that the compiler can distinguish them. */
type Event<Type extends string, Fields = At> = Type extends string ? { readonly type: Type } & Fields : never;

/** New limits in ms, for a command. Null means no limit; an omitted one stays. At least one must be given. */
export type TimeoutsInput = { readonly [Name in keyof Timeouts]?: Timeouts[Name] | undefined };

/** A command of a user. It may be refused, with a reason. Source: contract, section 2. */
export type Command =
  | Event<'suspend' | 'resume' | 'terminate' | 'keepalive' | 'configure'>
  | Event<'snapshot', { readonly snapshotId: string } & At>
  | Event<'rename', { readonly name: string } & At>
  | Event<'setTimeouts', TimeoutsInput & At>;

/** A report of the platform. A report about an earlier operation or incarnation changes nothing. */
export type Report =
  | Event<'boot.progressed', { readonly pendingReason: PendingReason } & Answer>
  | Event<'boot.completed' | 'snapshot.completed' | 'suspend.completed' | 'resume.completed', Answer>
  | Event<'boot.failed' | 'snapshot.failed' | 'suspend.failed' | 'resume.failed', Failure>
  | Event<'crashed', { readonly incarnation: number; readonly reason: string } & At>
  | Event<'exited', Exit & At>
  | Event<'lost', { readonly version: number; readonly reason: string } & At>;

interface Exit {
  readonly incarnation: number;
  /** Of the program, or null when it is not known. */
  readonly exitCode: number | null;
  readonly reason: string | null;
}

/** The reports that answer an operation. */
export type Answering = Extract<Report, Answer>;

/** An event of the clock: the deadline of the present state has passed. Safe to send at any time. */
export type Timeout = Event<'timeout'>;

/**
 * An event of the clock: the operation in flight has another deadline (epoch ms, absolute). Time in which no host was
 * there, and a step of the clock, do not count against an operation.
 */
export type DeadlineMoved = Event<'deadline.moved', { readonly deadline: number } & Answer>;

/** Everything that can happen to a sandbox. */
export type SandboxEvent = Command | Report | Timeout | DeadlineMoved;

/** The name of a command. */
export type CommandName = Command['type'];

/** The type of any event. */
export type EventType = SandboxEvent['type'];

/** An event without its time. */
export type WithoutTime<Event extends SandboxEvent> = Event extends unknown ? Omit<Event, 'at'> : never;

/** An event without its time, of any type. */
export type Payload = WithoutTime<SandboxEvent>;

/** The payload, or payloads, of one type of event. */
export type PayloadOf<Type extends EventType> = Extract<Payload, { readonly type: Type }>;

/** The reports that answer an operation, and the event that moves its deadline. */
export type OperationPayload = WithoutTime<Answering | DeadlineMoved>;

/** The eight commands, in the order in which user interfaces show them. */
export const commands = [
  'suspend',
  'resume',
  'snapshot',
  'rename',
  'keepalive',
  'setTimeouts',
  'configure',
  'terminate',
] as const satisfies readonly CommandName[];

/** The twelve reports, in lifecycle order. */
export const reports = [
  'boot.progressed',
  'boot.completed',
  'boot.failed',
  'snapshot.completed',
  'snapshot.failed',
  'suspend.completed',
  'suspend.failed',
  'resume.completed',
  'resume.failed',
  'crashed',
  'exited',
  'lost',
] as const satisfies readonly Report['type'][];

/** The types of all events: commands, reports, and those of the clock. */
export const eventTypes: readonly EventType[] = [...commands, ...reports, 'timeout', 'deadline.moved'];
