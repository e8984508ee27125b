export { createRelay, type Relay, type RelayOptions } from '../transports/relay.ts';
export type { PageSource } from './fill-page.ts';
export { inspectorPage } from './inspector-page.ts';
export { withInspector } from './inspector-route.ts';
