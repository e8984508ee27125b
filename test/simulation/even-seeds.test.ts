import { runSeeds } from '../harness/simulation/run-seeds.ts';

runSeeds(0);
