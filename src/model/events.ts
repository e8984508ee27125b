import type { PendingReason } from './sandbox.ts';

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

/** A command of a user. It may be refused, with a reason. Source: contract, section 2. */
export type Command =
  | Event<'suspend' | 'resume' | 'terminate' | 'keepalive'>
  | Event<'snapshot', { readonly snapshotId: string } & At>
  | Event<'rename', { readonly name: string } & At>;

/** A report of the platform. A report about an earlier operation or incarnation changes nothing. */
export type Report =
  | Event<'boot.progressed', { readonly pendingReason: PendingReason } & Answer>
  | Event<'boot.completed' | 'snapshot.completed' | 'suspend.completed' | 'resume.completed', Answer>
  | Event<'boot.failed' | 'snapshot.failed' | 'suspend.failed' | 'resume.failed', Failure>
  | Event<'crashed', { readonly incarnation: number; readonly reason: string } & At>;

/** The reports that answer an operation. */
export type Answering = Extract<Report, Answer>;

/** An event of the clock: the deadline of the present state has passed. Safe to send at any time. */
export type Timeout = Event<'timeout'>;

/** Everything that can happen to a sandbox. */
export type SandboxEvent = Command | Report | Timeout;

/** The name of a command. */
export type CommandName = Command['type'];

/** The type of any event. */
export type EventType = SandboxEvent['type'];

/** An event without its time. */
export type WithoutTime<Event extends SandboxEvent> = Event extends unknown ? Omit<Event, 'at'> : never;

/** The event, or events, of one type. */
export type EventOf<Type extends EventType> = Extract<SandboxEvent, { readonly type: Type }>;

/** The six commands, in the order in which user interfaces show them. */
export const commands = [
  'suspend',
  'resume',
  'snapshot',
  'rename',
  'keepalive',
  'terminate',
] as const satisfies readonly CommandName[];

/** The ten reports, in lifecycle order. */
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
] as const satisfies readonly Report['type'][];
