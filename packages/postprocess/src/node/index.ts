export { type ApplyToFolderOptions, applyPostprocessingToFolder } from './apply-to-folder.ts';
export type { CasePoolOptions, CaseProgress } from './case-pool.ts';
export { type CollectOptions, type ConsolidateOptions, consolidateFolds } from './consolidate-folds.ts';
export {
  type DeterminedPostprocessing,
  type DetermineOptions,
  type DetermineStep,
  determinePostprocessing,
} from './determine-postprocessing.ts';
export { readPostprocessing, writePostprocessing } from './postprocessing-file.ts';
