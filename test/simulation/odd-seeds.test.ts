import { runSeeds } from './support/run-seeds.ts';

runSeeds(1);
