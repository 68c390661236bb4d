export { type EvaluateFilesOptions, evaluateFiles } from './evaluate-files.ts';
export { type EvaluateFolderOptions, evaluateFolder } from './evaluate-folder.ts';
export { type FilePair, type ScoringOptions, scoreFiles } from './score-files.ts';
export { readSummary, stampedSummary, writeSummary } from './summary-file.ts';
