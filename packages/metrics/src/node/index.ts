export { type EvaluateFilesOptions, evaluateFiles, type ScoredPair, type ScoringOptions } from './evaluate-files.ts';
export { type EvaluateFolderOptions, evaluateFolder } from './evaluate-folder.ts';
export {
  type EvaluateFolderOptionsV2,
  evaluateFolderV2,
  readSummaryV2,
  writeSummaryV2,
} from './evaluate-folder-v2.ts';
export { type EvaluateRegionsOptions, evaluateRegions } from './evaluate-regions.ts';
export type { FilePair } from './label-pairs.ts';
export { readSummary, writeSummary } from './summary-file.ts';
