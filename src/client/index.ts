export { type Clock, type SystemClockOptions, systemClock } from '../utils/clock.ts';
export { createSandboxClient, type SandboxClientOptions } from './create-sandbox-client.ts';
export { createSandboxListClient } from './create-sandbox-list-client.ts';
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
export type { CommandView, DisplayedSandbox, SandboxView, TimeoutForecast } from './replica/view.ts';
export type {
  SandboxListClient,
  SandboxListClientOptions,
  SandboxListView,
} from './sandbox-list-client.ts';
export { shareTabs } from './tabs/share-tabs.ts';
export type { TabChannel, TabSharingOptions, TabStorage } from './tabs/tab-channel.ts';
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
export { httpTransport } from './transport/http-transport.ts';
export type { Protocol, ProtocolListener } from './transport/protocol.ts';
export type { ReadFailure, ServerChange, ServerUpdate } from './transport/server-update.ts';
export { sandboxFromTensorlake, type TensorlakeSandbox } from './transport/tensorlake-record.ts';
export { tensorlakeTransport } from './transport/tensorlake-transport.ts';
export { type ClientTimes, defaultTimes } from './transport/times.ts';
export type { ConnectionState, Transport } from './transport/transport.ts';
