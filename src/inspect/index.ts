export type { DrawOptions } from './chart/draw.ts';
export type { ChartGeometry } from './chart/geometry.ts';
export { drawChart, lifecycleChart } from './chart/index.ts';
export {
  definitionOf,
  type MachineDefinition,
  type StateDefinition,
  type TransitionDefinition,
  toMermaid,
} from './diagram/index.ts';
export {
  type HostObservation,
  type InspectOptions,
  type InspectorUi,
  inspectLifecycle,
  type LifecycleInspector,
} from './inspect-lifecycle.ts';
export { type InspectorMessage, isInspectorMessage, type OwnMessage } from './protocol/messages.ts';
export type { FreeText } from './protocol/redaction.ts';
export type {
  ObservedClient,
  ObservedCommand,
  ObservedSandbox,
  ObservedState,
  ObservedStep,
} from './sources/client.ts';
export type { HistoryLine } from './sources/history.ts';
export type { InspectorTransport } from './transports/transport.ts';
