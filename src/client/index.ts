export { type Clock, systemClock } from './clock.ts';
export { createSandboxClient, type SandboxClientOptions } from './create-sandbox-client.ts';
export { createSandboxListClient } from './create-sandbox-list-client.ts';
export type { ClientOptions } from './options.ts';
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
export type {
  SandboxListClient,
  SandboxListClientOptions,
  SandboxListSnapshot,
} from './sandbox-list-client.ts';
export { shareTabs, type TabSharing } from './tabs/share-tabs.ts';
export type { TabChannel, TabPlaces, TabStorage } from './tabs/tab-channel.ts';
export type { Answer, Reason, ReasonCode, SendRequest, SnapshotType } from './transport/command-request.ts';
export { transportOver } from './transport/create-transport.ts';
export type { HttpOptions } from './transport/http-calls.ts';
export { httpTransport } from './transport/http-transport.ts';
export type { Listener, Wire } from './transport/protocol.ts';
export type { Change, Failure, Reading } from './transport/server-update.ts';
export { type SourceInfo, sandboxFromInfo } from './transport/tensorlake-record.ts';
export { sourceTransport } from './transport/tensorlake-transport.ts';
export { type ClientTimes, defaultTimes } from './transport/times.ts';
export type { Connection, Transport } from './transport/transport.ts';
