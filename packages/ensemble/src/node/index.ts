export type { ReadProperties } from './case-properties.ts';
export {
  type Choice,
  type ChoiceCandidate,
  type ComparedModels,
  readChoice,
  readChoiceFile,
  writeChoiceFile,
} from './choice.ts';
export { type ChangesOptions, type ChoiceChange, changesSince, isChoiceCurrent } from './choice-changes.ts';
export { type EnsembleCrossValidationOptions, ensembleCrossValidation } from './ensemble-cross-validation.ts';
export { type EnsembleFoldersOptions, ensembleFolders } from './ensemble-folders.ts';
export { type BestConfiguration, findBestConfiguration } from './find-best-configuration.ts';
export type { FindBestOptions, FindBestProgress } from './find-best-options.ts';
export type { MergeProgress } from './merge-cases.ts';
export type { MissingSoftmax, PredictMissingSoftmax } from './validated-cases.ts';
