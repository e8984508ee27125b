import type { PendingReason } from './sandbox.ts';

interface At {
  /** When it happened, in epoch ms, from the host's clock. The machine has no clock of its own. */
  readonly at: number;
}

interface Answer extends At {
  /** The id of the operation that this report answers. */
  readonly operation: number;
}

interface Failure extends Answer {
  /** What went wrong, for a person. */
  readonly reason: string;
}

/** One member of the union for each type, so that each can be told and taken apart. */
type Event<Type extends string, Fields = At> = Type extends string ? { readonly type: Type } & Fields : never;

/** What people ask for. A command may be refused, with a reason. Source: contract, section 2. */
export type Command =
  | Event<'suspend' | 'resume' | 'terminate' | 'keepalive'>
  | Event<'snapshot', { readonly snapshotId: string } & At>
  | Event<'rename', { readonly name: string } & At>;

/** What the platform tells. A report about anything but the present changes nothing. */
export type Report =
  | Event<'boot.progressed', { readonly pendingReason: PendingReason } & Answer>
  | Event<'boot.completed' | 'snapshot.completed' | 'suspend.completed' | 'resume.completed', Answer>
  | Event<'boot.failed' | 'snapshot.failed' | 'suspend.failed' | 'resume.failed', Failure>
  | Event<'crashed', { readonly incarnation: number; readonly reason: string } & At>;

/** The reports that answer an operation. */
export type Answering = Extract<Report, Answer>;

/** What the clock says: the deadline of the state you are in has passed. Safe to send at any time. */
export type Timeout = Event<'timeout'>;

/** Everything that can happen to a sandbox. */
export type SandboxEvent = Command | Report | Timeout;

/** The name of a command. */
export type CommandName = Command['type'];

/** The type of any event. */
export type EventType = SandboxEvent['type'];

/** An event, or each of several, whose time is still to be told. */
export type WithoutTime<Event extends SandboxEvent> = Event extends unknown ? Omit<Event, 'at'> : never;

/** The event, or events, of one type. */
export type EventOf<Type extends EventType> = Extract<SandboxEvent, { readonly type: Type }>;

/** The six commands, in the order that a person would look for them. */
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
