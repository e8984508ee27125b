export type { Quotas, QuotasInput } from '../schema/quotas.ts';
export type { RetentionInput, RetentionSettings } from '../schema/retention.ts';
export { type Clock, type SystemClockOptions, systemClock } from '../utils/clock.ts';
export type { Unapplied } from './changes/unapplied.ts';
export type { ResourceRequest } from './commands/resources.ts';
export type { Configuration, Network, Resources } from './configuration.ts';
export { createHost } from './create-host.ts';
export {
  type Adopted,
  type BootJob,
  type Captured,
  type ConfigureJob,
  type Crash,
  type Driver,
  DriverError,
  type EnforcedSetting,
  type Exit,
  type Found,
  type Inspection,
  type Job,
  type Ownership,
  type ReleaseJob,
  type ResumeJob,
  type SnapshotJob,
} from './driver/driver.ts';
export {
  ContendedError,
  HistoryDeletedError,
  IdentityError,
  KeyReusedError,
  NotFoundError,
  OrphanError,
  OtherSandboxError,
  PlatformError,
  RuleError,
  StoppingError,
  VersionError,
} from './errors.ts';
export type {
  CommandRequest,
  CommandResult,
  CreateRequest,
  Host,
  OrphanRequest,
  UpdateRequest,
  Waited,
  WatchAllQuery,
  WatchQuery,
  WriteOptions,
} from './host.ts';
export type { HostOptions } from './host-options.ts';
export type {
  HeldPage,
  HostInfo,
  HostList,
  HostPage,
  HostPageQuery,
  SandboxHolder,
} from './hosts/host-list.ts';
export { type Api, createApi } from './http/api.ts';
export type { AccessOptions, ApiOptions, Forward } from './http/api-options.ts';
export { openApiDocument } from './http/openapi/document.ts';
export type {
  OpenApiContent,
  OpenApiDocument,
  OpenApiHeader,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
} from './http/openapi/types.ts';
export { parseTokens } from './http/request/parse-tokens.ts';
export type { JsonSchema } from './http/request/query-parameters.ts';
export type { RateLimit } from './http/request/rate-limit.ts';
export type { Scope, Token } from './http/request/tokens.ts';
export { type ErrorCode, type ErrorKind, errorCodes } from './http/response/error-codes.ts';
export type { Absences } from './reconciler/absences.ts';
export type { OperationCounts } from './reconciler/operation-counts.ts';
export type { Orphan, OrphanPage, OrphanQuery } from './reconciler/orphan-list.ts';
export { checkHistory, foldHistory, HistoryError, type HistoryProblem } from './store/check-history.ts';
export {
  BackupError,
  BrokenRecordError,
  ConflictError,
  KeyUsedError,
  NamespaceDeletingError,
  NameTakenError,
  NewerRecordError,
  QuotaError,
  SnapshotUnusableError,
  StoreBusyError,
} from './store/errors.ts';
export { CursorError } from './store/paging.ts';
export type { HistoryQuery, ListQuery, Page, TimeoutQuery } from './store/queries.ts';
export type {
  Created,
  HistoryItem,
  HistoryRow,
  MissingRow,
  SandboxEntry,
  SnapshotRecord,
  StoredResponse,
} from './store/records.ts';
export type { ArchivedSandbox, StoreRetention, SurplusSnapshots } from './store/retention.ts';
export type {
  Heartbeat,
  HeldSandbox,
  Holder,
  KnownHost,
  KnownHosts,
  Share,
  SharedStore,
} from './store/shared.ts';
export type {
  Backup,
  BrokenRow,
  Commit,
  Committed,
  DueTimeout,
  NamespaceDeletion,
  OrphanDecision,
  Store,
  StoreChange,
  StoreIdentity,
  StoreNamespaces,
  StoreOrphans,
  StoreStats,
  StoreUsage,
} from './store/store.ts';
export type { UsageRow, UsageTotal } from './store/usage.ts';
export type { ApiMetrics, MetricsSource } from './telemetry/api-metrics.ts';
export type { HostStats, MembershipStats } from './telemetry/host-stats.ts';
export type { ApiObservation, AttemptResult, DriftKind, Observation } from './telemetry/observation.ts';
export type {
  DayUsage,
  NamespaceUsage,
  UsagePage,
  UsageQuery,
  UsageReader,
} from './telemetry/usage.ts';
