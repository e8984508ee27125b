export type { PageSource } from '../../pages/fill-page.ts';
export { inspectorPage } from '../../pages/inspector-page.ts';
export { withInspector } from '../../pages/inspector-route.ts';
export { createRelay, type Relay, type RelayOptions } from './relay.ts';
