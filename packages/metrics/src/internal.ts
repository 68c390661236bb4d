export { meanWithoutNaN, scoredLabels } from './summary.ts';
