export { type Clock, systemClock } from './clock.ts';
export type { Configuration, Network, Resources } from './configuration.ts';
export {
  type Adopted,
  type BootJob,
  type Captured,
  type Crash,
  type Driver,
  DriverError,
  type Job,
  type SnapshotJob,
} from './driver/driver.ts';
export { NotFoundError, RuleError } from './errors.ts';
export {
  type CreateRequest,
  createHost,
  type Host,
  type HostOptions,
  type PlainCommand,
  type UpdateRequest,
} from './host.ts';
export { type AccessOptions, parseTokens, type Token } from './http/access.ts';
export { type ApiOptions, createApi } from './http/api.ts';
export type { ResourceRequest } from './resources.ts';
export type { Answer } from './steps.ts';
export { CursorError } from './store/paging.ts';
export {
  type Commit,
  ConflictError,
  type Created,
  type Entry,
  type HistoryRow,
  type ListQuery,
  NameTakenError,
  type Page,
  type SnapshotRecord,
  type Store,
} from './store/store.ts';
