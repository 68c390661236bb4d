export { type EvaluateFilesOptions, evaluateFiles } from './evaluate-files.ts';
export { type EvaluateFolderOptions, evaluateFolder } from './evaluate-folder.ts';
export { type EvaluateRegionsOptions, evaluateRegions } from './evaluate-regions.ts';
export { labelFiles } from './label-folder.ts';
export { comparePair, type FilePair } from './read-pair.ts';
export { type ScoringOptions, scoreFiles } from './score-files.ts';
export { readSummary, stampedSummary, writeSummary } from './summary-file.ts';
