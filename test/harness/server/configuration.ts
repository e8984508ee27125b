/** A sandbox of which nothing is asked. */
export { plainConfiguration } from '../../../src/testing/driver-conformance/options.ts';
