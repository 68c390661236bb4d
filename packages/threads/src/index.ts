export { type BoundedOptions, type BoundedProgress, runBounded } from './run-bounded.ts';
