export { cancelComputation } from './computing/computations.ts';
export { Computing } from './computing/computing.ts';
export { openPool, type Pool } from './computing/pool.ts';
export { removeExpiredComputations } from './computing/retention.ts';
export { countDueComputations, runDueComputations } from './computing/runner.ts';
export { computeInBackground, Preparation } from './preparing.ts';
