import { type CommandName, commands } from '../../model/events.ts';
import type { Sandbox, Status, Timeouts } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';
import type { ConnectionState } from '../transport/transport.ts';
import type { ClientContext } from './client-context.ts';
import { commandOfQuery } from './command-input.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';
import { loading, type Prediction, predict } from './predict.ts';
import { reuseIfEqual } from './reuse-if-equal.ts';
import type { State, TimelineEntry } from './state.ts';

/** A sandbox for display. A newer server may send a status that this client does not know. */
export type DisplayedSandbox = Omit<Sandbox, 'status'> & { readonly status: Status | (string & {}) };

/** The state of a command's button. */
export interface CommandView {
  readonly isAllowed: boolean;
  /** The reason why the command is not allowed, or null if it is. */
  readonly reason: Reason | null;
  /** Whether the goal of the command holds already, so that it would change nothing: a resume of a running sandbox. */
  readonly isSatisfied: boolean;
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
  /** The status to show, as `displayStatusOf` returns it; null until the first state arrives. */
  readonly displayStatus: string | null;
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

/** Computes the view, without its commands. Reuses the parts of `last` that have not changed. */
export function stateViewOf(
  id: string,
  { confirmed, pending, timeline, rollbacks, connection, problem }: State,
  context: ClientContext,
  last: SandboxView | undefined,
): Omit<SandboxView, 'commands'> {
  const record = confirmed?.sandbox ?? null;
  const sandbox = context.reconciliation.view(confirmed, pending, context.policy);
  const aheadMs = context.connection.aheadMs();
  const timeouts = reuseIfEqual(sandbox ? forecasts(sandbox, aheadMs) : [], last?.timeouts);
  return {
    id: record?.id ?? id,
    sandbox: pending.length > 0 ? reuseIfEqual(sandbox, last?.sandbox as Sandbox | null) : sandbox,
    confirmed: record,
    displayStatus: sandbox && displayStatusOf(sandbox, record),
    pending,
    timeout: timeouts[0] ?? null,
    timeouts,
    timeline,
    rollbacks,
    connection,
    problem,
  };
}

/** Computes the state of each command's button. Reuses the parts of `last` that have not changed. */
export function commandViewsOf(
  { sandbox: shown, pending }: Pick<SandboxView, 'sandbox' | 'pending'>,
  last: SandboxView['commands'] | undefined,
): SandboxView['commands'] {
  const sandbox = shown as Sandbox | null;
  const views = commands.map((name) => {
    const { refusal: reason = null, outcome } = predictionOf(sandbox, name);
    // Each operation except the boot has the name of its command.
    const isBusy = sandbox?.operation?.kind === name || pending.some(({ command }) => command.type === name);
    const isSatisfied = outcome === 'unchanged' && !hasArguments.includes(name);
    const commandView: CommandView = { isAllowed: !reason, reason, isSatisfied, isBusy };
    return [name, reuseIfEqual(commandView, last?.[name])];
  });
  return reuseIfEqual(Object.fromEntries(views), last);
}

/** Commands whose goal depends on their arguments. */
const hasArguments: readonly CommandName[] = ['rename', 'setTimeouts', 'configure'];

/** The predicted result of a command with valid arguments. A keepalive counts as later than the last activity. */
function predictionOf(sandbox: Sandbox | null, name: CommandName): Partial<Prediction> {
  if (!sandbox) return { refusal: loading };
  return predict(sandbox, { ...commandOfQuery(name), at: (sandbox.idleAt ?? 0) + 1 });
}

/**
 * Returns the status to show of a record: its status, `resuming` for a suspended sandbox with a resume in progress, and
 * `terminating` when the end is predicted and not `confirmed` yet.
 *
 * @example
 * displayStatusOf(sandbox); // 'resuming'
 */
export function displayStatusOf(
  { status, operation }: Pick<DisplayedSandbox, 'status' | 'operation'>,
  confirmed?: Pick<DisplayedSandbox, 'status'> | null,
): string {
  if (status === 'terminated' && confirmed && confirmed.status !== status) return 'terminating';
  return status === 'suspended' && operation ? 'resuming' : status;
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
  const found: TimeoutForecast[] = [];
  for (const [at, limit, outcome] of limits)
    if (at !== null) found.push({ at, localAt: at - aheadMs, outcome, limit });
  return found.sort((a, b) => a.at - b.at);
}
