/** The configuration of a sandbox whose request sets none. */
export { defaultConfiguration as plainConfiguration } from '../../../src/server/configuration.ts';
