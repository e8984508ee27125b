import { migrations } from '../migrations.ts';

export { problemsOf, withCopy } from './copy.ts';
export { moveData } from './move.ts';
export { schemaProblems } from './schema-problems.ts';

/** The number of the present layout. */
export const layout = migrations.length;
