export { type BoundedOptions, type BoundedProgress, runBounded } from './run-bounded.ts';
export { settleBounded } from './settle-bounded.ts';
