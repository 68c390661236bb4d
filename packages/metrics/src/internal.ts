export { meanDice, meanWithoutNaN, scoredLabels } from './summary.ts';
