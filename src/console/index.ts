export { withConsole } from './console-route.ts';
export type { ConsoleFiles, PageFile } from './files.ts';
