export { type RemoteDriverOptions, remoteDriver } from './remote-driver.ts';
export { type DriverService, serveDriver } from './serve-driver.ts';
