export { scorePairs } from './evaluate-files.ts';
export { comparePair, labelFiles } from './label-pairs.ts';
export { stampedSummary } from './summary-file.ts';
