export { labelFiles } from './label-folder.ts';
export { comparePair } from './read-pair.ts';
export { stampedSummary } from './summary-file.ts';
