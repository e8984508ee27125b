export type { ConsoleFiles, PageFile } from './built-files.ts';
export { withConsole } from './console-route.ts';
