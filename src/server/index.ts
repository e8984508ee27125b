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
  type Found,
  type Job,
  type ReleaseJob,
  type ResumeJob,
  type SnapshotJob,
} from './driver/driver.ts';
export { KeyReusedError, NotFoundError, RuleError, VersionError } from './errors.ts';
export type {
  CommandRequest,
  CommandResult,
  CreateRequest,
  Host,
  HostOptions,
  UpdateRequest,
  Waited,
  WatchQuery,
  WriteOptions,
} from './host.ts';
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
export type { JsonSchema } from './http/request/query-parameters.ts';
export type { RateLimit } from './http/request/rate-limit.ts';
export { parseTokens, type Token } from './http/request/tokens.ts';
export { checkHistory, foldHistory, HistoryError, type HistoryProblem } from './store/check-history.ts';
export { CursorError } from './store/paging.ts';
export {
  BrokenRecordError,
  type BrokenRow,
  type Commit,
  type Committed,
  ConflictError,
  type Created,
  type DueTimeout,
  type HistoryQuery,
  type HistoryRow,
  KeyUsedError,
  type ListQuery,
  NameTakenError,
  type Page,
  type SandboxEntry,
  type SnapshotRecord,
  type Store,
  type StoreChange,
  type StoredResponse,
} from './store/store.ts';
export type { ApiMetrics } from './telemetry/api-metrics.ts';
export type { ApiObservation, AttemptResult, DriftKind, Observation } from './telemetry/observation.ts';
