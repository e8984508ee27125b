export { countChecks } from './counts.ts';
export { problemsIn } from './database.ts';
export type { DataProblem } from './problem.ts';
