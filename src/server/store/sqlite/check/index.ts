export { problemsIn } from './database.ts';
export type { DataProblem } from './problem.ts';
