export type { Asked, Question } from './asked.ts';
export type { Readable, SandboxClient, SendOptions, Sent } from './client.ts';
export { type Clock, systemClock } from './clock.ts';
export { createSandboxClient, type SandboxClientOptions } from './create-client.ts';
export {
  createSandboxListClient,
  type SandboxListClient,
  type SandboxListClientOptions,
  type SandboxListSnapshot,
} from './create-list-client.ts';
export type { Connection } from './feed.ts';
export type { HttpOptions } from './http.ts';
export { httpTransport } from './http-transport.ts';
export type { ClientOptions } from './options.ts';
export type { CommandState, PendingCommand, Rollback, SettledOutcome, Settlement } from './pending.ts';
export { shareTabs, type TabSharing } from './share-tabs.ts';
export type { CommandSnapshot, SandboxSnapshot, ShownSandbox, TimeoutForecast } from './snapshot.ts';
export { type SourceInfo, sandboxFromInfo } from './source-info.ts';
export { sourceTransport } from './source-transport.ts';
export type { TimelineEntry } from './state.ts';
export type { TabChannel, TabPlaces, TabStorage } from './tabs.ts';
export { type ClientTimes, defaultTimes } from './times.ts';
export type {
  Answer,
  Change,
  Failure,
  Listener,
  Reading,
  Reason,
  ReasonCode,
  SendRequest,
  SnapshotType,
  Transport,
} from './transport.ts';
