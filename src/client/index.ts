export { type Clock, systemClock } from './clock.ts';
export { createSandboxClient, type SandboxClientOptions } from './create-client.ts';
export { createSandboxListClient } from './create-list-client.ts';
export type { HttpOptions } from './http.ts';
export { httpTransport } from './http-transport.ts';
export type { SandboxListClient, SandboxListClientOptions, SandboxListSnapshot } from './list-client.ts';
export type { ClientOptions } from './options.ts';
export type { Change, Failure, Reading } from './reading.ts';
export type { Asked, Question } from './replica/command-input.ts';
export type {
  CommandState,
  PendingCommand,
  Rollback,
  SettledOutcome,
  Settlement,
} from './replica/pending-command.ts';
export type { Readable, SandboxClient, SendOptions, Sent } from './replica/sandbox-client.ts';
export type { TimelineEntry } from './replica/state.ts';
export type { CommandSnapshot, SandboxSnapshot, ShownSandbox, TimeoutForecast } from './replica/view.ts';
export type { Answer, Reason, ReasonCode, SendRequest, SnapshotType } from './request.ts';
export { type SourceInfo, sandboxFromInfo } from './source-info.ts';
export { sourceTransport } from './source-transport.ts';
export { shareTabs, type TabSharing } from './tabs/share-tabs.ts';
export type { TabChannel, TabPlaces, TabStorage } from './tabs/tab-channel.ts';
export { type ClientTimes, defaultTimes } from './times.ts';
export type { Connection, Transport } from './transport.ts';
export { transportOver } from './transport-over.ts';
export type { Listener, Wire } from './wire.ts';
