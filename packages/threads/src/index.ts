export { type BoundedOptions, type BoundedProgress, runBounded } from './run-bounded.ts';
export { settleBounded, splitOutcomes } from './settle-bounded.ts';
