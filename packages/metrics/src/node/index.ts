export { type EvaluateFilesOptions, evaluateFiles } from './evaluate-files.ts';
export { type EvaluateFolderOptions, evaluateFolder } from './evaluate-folder.ts';
export { type EvaluateRegionsOptions, evaluateRegions } from './evaluate-regions.ts';
export type { FilePair } from './read-pair.ts';
export type { ScoringOptions } from './score-files.ts';
export { readSummary, writeSummary } from './summary-file.ts';
