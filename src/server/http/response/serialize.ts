import type { Outcome } from '../../../model/sandbox.ts';
import type {
  ChangeInfo,
  CreatedInfo,
  MissingInfo,
  NetworkInfo,
  ResourcesInfo,
  SandboxInfo,
  SnapshotInfo,
  UnappliedInfo,
} from '../../../schema/http/responses.ts';
import type { Unapplied } from '../../changes/unapplied.ts';
import type { Network, Resources } from '../../configuration.ts';
import type { Host } from '../../host.ts';
import type { HistoryRow, MissingRow, SandboxEntry, SnapshotRecord } from '../../store/records.ts';

/** The terms of the API for the reasons of an outcome. */
const outcomeWords: Readonly<Record<Outcome['reason'], string>> = {
  user_terminated: 'UserTerminated',
  timeout: 'Timeout',
  discarded: 'Discarded',
  completed: 'Completed',
  startup_failed: 'ContainerStartupFailed',
  startup_timed_out: 'ContainerStartupTimedOut',
  crashed: 'ContainerCrashed',
  lost: 'Lost',
};

/**
 * A sandbox as a response. `url` is its address while it runs, and `policy` says which limit `timeout_secs` is. The host also
 * says which snapshots the platform can take.
 */
export function sandboxInfo(
  { sandbox, namespace, configuration }: SandboxEntry,
  url: string,
  { policy, snapshotTypes, appliedGeneration }: Pick<Host, 'policy' | 'snapshotTypes' | 'appliedGeneration'>,
): SandboxInfo {
  const { outcome } = sandbox;
  const timeoutMs = policy.timeoutMeasures === 'idle' ? sandbox.idleTimeoutMs : sandbox.timeoutMs;
  const network = configuration.network && networkInfo(configuration.network);
  return {
    id: sandbox.id,
    namespace,
    name: sandbox.name,
    status: sandbox.status,
    pending_reason: sandbox.pendingReason,
    image: configuration.image ?? 'default',
    resources: resourcesInfo(configuration.resources),
    secret_names: configuration.secretNames,
    timeout_secs: secondsOf(timeoutMs) ?? 0,
    idle_timeout_secs: secondsOf(sandbox.idleTimeoutMs),
    suspended_timeout_secs: secondsOf(sandbox.suspendedTimeoutMs),
    entrypoint: configuration.entrypoint ?? [],
    network,
    network_policy: network,
    allow_unauthenticated_access: configuration.allowUnauthenticatedAccess,
    exposed_ports: configuration.exposedPorts,
    template_id: configuration.templateId,
    snapshot_id: configuration.snapshotId,
    snapshot_types: [...snapshotTypes],
    metadata: configuration.metadata,
    sandbox_url: sandbox.status === 'running' ? url : null,
    outcome: outcome && outcomeText(outcome),
    ...(outcome && { termination_reason: outcomeWords[outcome.reason] }),
    exit_code: outcome?.exitCode ?? null,
    ...(outcome?.detail && { error_details: { message: outcome.detail } }),
    container_id: null,
    executor_id: null,
    pool_id: null,
    created_at: sandbox.createdAt,
    updated_at: sandbox.updatedAt,
    terminated_at: sandbox.terminatedAt,
    expires_at: sandbox.expiresAt,
    idle_at: sandbox.idleAt,
    discard_at: sandbox.discardAt,
    last_operation: sandbox.lastOperation,
    generation: sandbox.generation,
    applied_generation: appliedGeneration(sandbox),
    version: sandbox.version,
    lifecycle: sandbox,
  };
}

function secondsOf(limitMs: number | null): number | null {
  return limitMs === null ? null : limitMs / 1000;
}

/** A new sandbox as a response. */
export function createdInfo({ sandbox }: SandboxEntry, url: string): CreatedInfo {
  return {
    sandbox_id: sandbox.id,
    status: sandbox.status,
    ...(sandbox.name !== null && { name: sandbox.name }),
    ...(sandbox.pendingReason !== null && { pending_reason: sandbox.pendingReason }),
    ...(sandbox.status === 'running' && { sandbox_url: url }),
  };
}

/**
 * A snapshot as a response. Its id is in `id` only: the 0.5.89 client reads `snapshot_id` as a second name of the same
 * field, and rejects an item that has both. The host says when it expires.
 */
export function snapshotInfo(snapshot: SnapshotRecord, { retention }: Pick<Host, 'retention'>): SnapshotInfo {
  const { expireSnapshotsAfterSeconds: expireAfter } = retention;
  return {
    id: snapshot.id,
    namespace: snapshot.namespace,
    sandbox_id: snapshot.sandboxId,
    status: snapshot.status,
    snapshot_type: snapshot.type,
    ...(snapshot.error !== null && { error: snapshot.error }),
    ...(snapshot.uri !== null && { snapshot_uri: snapshot.uri }),
    ...(snapshot.sizeBytes !== null && { size_bytes: snapshot.sizeBytes }),
    created_at: snapshot.createdAt,
    ...(expireAfter !== null && { expires_at: snapshot.createdAt + expireAfter * 1000 }),
  };
}

/** A change as a response. */
export function changeInfo(row: HistoryRow): ChangeInfo {
  return {
    sequence: row.sequence,
    sandbox_id: row.sandboxId,
    version: row.version,
    at: row.at,
    from: row.from,
    to: row.to,
    event: row.event,
    actor: row.actor,
    cause: row.cause,
    lifecycle: row.sandbox,
    ...(row.isFirstKept && { first_kept: true }),
  };
}

/** A change that cannot be read, as a response. The fault is for the operator only. */
export function missingInfo({ sequence, sandboxId, version, to }: MissingRow): MissingInfo {
  return { sequence, sandbox_id: sandboxId, version, to };
}

/** An unapplied event as a response. */
export function unappliedInfo({
  sandboxId,
  version,
  at,
  event,
  actor,
  cause,
  code,
  reason,
}: Unapplied): UnappliedInfo {
  return { sandbox_id: sandboxId, version, at, event, actor, cause, code, reason };
}

function outcomeText({ result, reason }: Outcome): string {
  return `${result === 'success' ? 'Success' : 'Failure'}(${outcomeWords[reason]})`;
}

function resourcesInfo({ cpus, memoryMb, diskMb, gpus }: Resources): ResourcesInfo {
  return {
    cpus,
    memory_mb: memoryMb,
    disk_mb: diskMb,
    ephemeral_disk_mb: diskMb,
    ...(gpus.length > 0 && { gpus }),
  };
}

function networkInfo({ allowInternetAccess, allowOut, denyOut }: Network): NetworkInfo {
  return { allow_internet_access: allowInternetAccess, allow_out: allowOut, deny_out: denyOut };
}
