import { type CommandName, commands } from '../../model/events.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';
import type { ConnectionState } from '../transport/transport.ts';
import type { ClientContext } from './client-context.ts';
import { commandOfQuery } from './command-input.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';
import { whyNot } from './predict.ts';
import type { State, TimelineEntry } from './state.ts';

/** A sandbox as it is shown. A newer server may name a status that this client does not know. */
export type DisplayedSandbox = Omit<Sandbox, 'status'> & { readonly status: Status | (string & {}) };

/** One of the commands, as a button shows it. */
export interface CommandView {
  readonly isAllowed: boolean;
  /** Why not, or null when it is allowed. */
  readonly reason: Reason | null;
  /** Whether it is on its way, or what it asked for is under way. */
  readonly isBusy: boolean;
}

/** What will happen when the limit is up. */
export interface TimeoutForecast {
  /** When, in epoch ms of the server's clock. */
  readonly at: number;
  /** The same instant by this machine's clock, for a countdown. */
  readonly localAt: number;
  /** What it will do then. */
  readonly outcome: 'suspends' | 'terminates';
}

/** All that a page shows of one sandbox. Never changed: what changes is a new one, and what does not is the very same. */
export interface SandboxView {
  /** The id, or the name that the client was given until the server told the id. */
  readonly id: string;
  /** The sandbox to show: what is confirmed, with the pending commands replayed; null until something is known. */
  readonly sandbox: DisplayedSandbox | null;
  /** The newest that the server told; null until then. */
  readonly confirmed: DisplayedSandbox | null;
  /** Commands that are not yet part of what is confirmed, in order. */
  readonly pending: readonly PendingCommand[];
  readonly commands: Readonly<Record<CommandName, CommandView>>;
  /** What will happen when the limit is up, or null when there is none or it is not known. */
  readonly timeout: TimeoutForecast | null;
  /** What happened, oldest first: at most the last hundred steps. */
  readonly timeline: readonly TimelineEntry[];
  /** Commands that were taken back, oldest first, until they are dismissed. */
  readonly rollbacks: readonly Rollback[];
  readonly connection: ConnectionState;
  /** Why the connection is not as it should be: one sentence, or null. */
  readonly problem: string | null;
}

/** Computes what is shown. Parts that are as they were in `last` are the very same. */
export function viewOf(
  id: string,
  { confirmed, ...known }: State,
  { rules, policy, feed }: ClientContext,
  last: SandboxView | undefined,
): SandboxView {
  const { pending } = known;
  const sandbox = rules.view(confirmed, pending, policy);
  // Each operation but the boot has the name of the command that asks for it.
  const isBusy = (name: CommandName) =>
    pending.some(({ command }) => command.type === name) || sandbox?.operation?.kind === name;
  const of = (name: CommandName): CommandView => {
    const reason = whyNot(sandbox, commandOfQuery(name)) ?? null;
    return same({ isAllowed: reason === null, reason, isBusy: isBusy(name) }, last?.commands[name]);
  };
  const states = Object.fromEntries(commands.map((name) => [name, of(name)])) as SandboxView['commands'];
  return Object.freeze({
    ...known,
    id: confirmed?.sandbox.id ?? id,
    sandbox: pending.length > 0 ? same(sandbox, last?.sandbox as Sandbox | null) : sandbox,
    confirmed: confirmed?.sandbox ?? null,
    commands: same(states, last?.commands),
    timeout: sandbox && same(forecast(sandbox, feed.aheadMs()), last?.timeout),
  });
}

function forecast({ status, expiresAt, name }: Sandbox, aheadMs: number): TimeoutForecast | null {
  if (expiresAt === null || (status !== 'running' && status !== 'snapshotting')) return null;
  return { at: expiresAt, localAt: expiresAt - aheadMs, outcome: name === null ? 'terminates' : 'suspends' };
}

/** The one that was there before when both say the same, so that what compares by identity sees no change. */
export function same<Value>(value: Value, before: Value | undefined): Value {
  return JSON.stringify(value) === JSON.stringify(before) ? (before as Value) : value;
}
