import { type CommandName, commands } from '../../model/events.ts';
import type { Sandbox, Status, Timeouts } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';
import type { ConnectionState } from '../transport/transport.ts';
import type { ClientContext } from './client-context.ts';
import { commandOfQuery } from './command-input.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';
import { refusalOf } from './predict.ts';
import { reuseIfEqual } from './reuse-if-equal.ts';
import type { State, TimelineEntry } from './state.ts';

/** A sandbox for display. A newer server may send a status that this client does not know. */
export type DisplayedSandbox = Omit<Sandbox, 'status'> & { readonly status: Status | (string & {}) };

/** The state of a command's button. */
export interface CommandView {
  readonly isAllowed: boolean;
  /** The reason why the command is not allowed, or null if it is. */
  readonly reason: Reason | null;
  /** Whether the command is pending, or its operation is in progress. */
  readonly isBusy: boolean;
}

/** The effect of a time limit of a sandbox. */
export interface TimeoutForecast {
  /** When the time limit expires, in epoch ms of the server's clock. */
  readonly at: number;
  /** The same instant by this machine's clock, for a countdown. */
  readonly localAt: number;
  /** The effect of the expiry on the sandbox. A suspended sandbox that is discarded is terminated. */
  readonly outcome: 'suspends' | 'terminates' | 'discards';
  /** The limit that expires. */
  readonly limit: keyof Timeouts;
}

/** Everything that a page shows of one sandbox. Immutable: a change creates a new view, and unchanged parts are reused. */
export interface SandboxView {
  /** The id, or the client's option `id` until the server has sent the id. */
  readonly id: string;
  /** The sandbox to show: the confirmed state with the pending commands replayed; null until the first state arrives. */
  readonly sandbox: DisplayedSandbox | null;
  /** The newest state that the server sent; null until the first one arrives. */
  readonly confirmed: DisplayedSandbox | null;
  /** Commands that the confirmed state does not include yet, in order. */
  readonly pending: readonly PendingCommand[];
  readonly commands: Readonly<Record<CommandName, CommandView>>;
  /** The limit that expires first, or null if none counts or the client does not know it. */
  readonly timeout: TimeoutForecast | null;
  /** Every limit that counts now, the earliest first. */
  readonly timeouts: readonly TimeoutForecast[];
  /** The history, oldest first: at most the last hundred steps. */
  readonly timeline: readonly TimelineEntry[];
  /** Commands that were rolled back, oldest first, until they are dismissed. */
  readonly rollbacks: readonly Rollback[];
  readonly connection: ConnectionState;
  /** The reason for a degraded connection: one sentence, or null. */
  readonly problem: string | null;
}

/** Computes the view. Reuses the parts of `last` that have not changed. */
export function viewOf(
  id: string,
  { confirmed, ...state }: State,
  { reconciliation, policy, connection }: ClientContext,
  last: SandboxView | undefined,
): SandboxView {
  const { pending } = state;
  const sandbox = reconciliation.view(confirmed, pending, policy);
  const commandViews = commands.map((name) => {
    const reason = refusalOf(sandbox, commandOfQuery(name)) ?? null;
    // Each operation except the boot has the name of its command.
    const isBusy = sandbox?.operation?.kind === name || pending.some(({ command }) => command.type === name);
    const commandView: CommandView = { isAllowed: !reason, reason, isBusy };
    return [name, reuseIfEqual(commandView, last?.commands[name])];
  });
  const timeouts = reuseIfEqual(sandbox ? forecasts(sandbox, connection.aheadMs()) : [], last?.timeouts);
  return Object.freeze({
    ...state,
    id: confirmed?.sandbox.id ?? id,
    sandbox: pending.length > 0 ? reuseIfEqual(sandbox, last?.sandbox as Sandbox | null) : sandbox,
    confirmed: confirmed?.sandbox ?? null,
    commands: reuseIfEqual<SandboxView['commands']>(Object.fromEntries(commandViews), last?.commands),
    timeout: timeouts[0] ?? null,
    timeouts,
  });
}

function forecasts({ status, name, ...sandbox }: Sandbox, aheadMs: number): TimeoutForecast[] {
  const runs = status === 'running' || status === 'snapshotting';
  const atEnd = name === null ? 'terminates' : 'suspends';
  // A resume in flight holds the suspended limit up: it starts again if the resume fails.
  const discardAt = sandbox.operation ? null : sandbox.discardAt;
  const limits = [
    [runs ? sandbox.expiresAt : null, 'timeoutMs', atEnd],
    [runs ? sandbox.idleAt : null, 'idleTimeoutMs', atEnd],
    [discardAt, 'suspendedTimeoutMs', 'discards'],
  ] as const;
  return limits
    .flatMap(([at, limit, outcome]) => (at === null ? [] : [{ at, localAt: at - aheadMs, outcome, limit }]))
    .sort((a, b) => a.at - b.at);
}
