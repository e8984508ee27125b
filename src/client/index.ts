export { type Clock, type SystemClockOptions, systemClock } from '../utils/clock.ts';
export { limitStreams } from './browser/limit-streams.ts';
export { mountClient } from './browser/mount-client.ts';
export { createCountdown } from './countdown.ts';
export { createSandboxClient, type SandboxClientOptions } from './create-sandbox-client.ts';
export { createSandboxListClient } from './create-sandbox-list-client.ts';
export type { CreateSandboxInput } from './creation/create-input.ts';
export type {
  CreateHandle,
  CreateRollback,
  CreateSettlement,
  CreationsView,
  SandboxCreator,
} from './creation/creations-view.ts';
export { createSandboxCreator } from './creation/sandbox-creator.ts';
export { eventTitle, isFailure } from './notices/event-title.ts';
export { failureNotice, outcomeSentence } from './notices/failure-notice.ts';
export { type FollowedCommand, followCommands } from './notices/follow-commands.ts';
export type { Notice } from './notices/notice.ts';
export { rollbackNotice } from './notices/rollback-notice.ts';
export type { ClientOptions } from './options.ts';
export type { CommandInput } from './replica/command-input.ts';
export type {
  CommandState,
  PendingCommand,
  Rollback,
  SettledOutcome,
  Settlement,
} from './replica/pending-command.ts';
export type { CommandHandle, Readable, SandboxClient, SendOptions } from './replica/sandbox-client.ts';
export type { TimelineEntry } from './replica/state.ts';
export type { TabSharing } from './replica/tab-sharing.ts';
export {
  type CommandView,
  type DisplayedSandbox,
  displayStatusOf,
  type SandboxView,
  type TimeoutForecast,
} from './replica/view.ts';
export type {
  SandboxListClient,
  SandboxListClientOptions,
  SandboxListView,
} from './sandbox-list-client.ts';
export type { SnapshotDeletion } from './snapshots/snapshot-deletions.ts';
export {
  createSnapshotListClient,
  type SnapshotListClient,
  type SnapshotListClientOptions,
} from './snapshots/snapshot-list-client.ts';
export type { SnapshotListView, SnapshotRollback, SnapshotView } from './snapshots/snapshot-view.ts';
export { shareTabs } from './tabs/share-tabs.ts';
export type { TabSharingOptions, TabStorage } from './tabs/tab-channel.ts';
export type { TabChannel } from './tabs/tab-hub.ts';
export type {
  ConfigurationChanges,
  Reason,
  ReasonCode,
  SendRequest,
  ServerReply,
  SnapshotType,
} from './transport/command-request.ts';
export { createTransport } from './transport/connection.ts';
export type { HttpOptions } from './transport/http-calls.ts';
export { type HttpTransportOptions, httpTransport } from './transport/http-transport.ts';
export type { Protocol, ProtocolListener } from './transport/protocol.ts';
export type { ReadFailure, ServerChange, ServerTime, ServerUpdate } from './transport/server-update.ts';
export { sandboxFromTensorlake, type TensorlakeSandbox } from './transport/tensorlake-record.ts';
export { tensorlakeTransport } from './transport/tensorlake-transport.ts';
export { type ClientTimes, defaultTimes } from './transport/times.ts';
export type { ConnectionState, Transport } from './transport/transport.ts';
