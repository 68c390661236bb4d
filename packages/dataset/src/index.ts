export { requireCaseId } from './case-id.ts';
export type { CaseProperties, CroppedCase } from './case-properties.ts';
export { parseCaseProperties } from './case-properties-schema.ts';
export {
  caseIdOfEntry,
  caseIdOfImage,
  type DatasetDescription,
  declaredLabels,
  foregroundLabels,
  imageFileName,
  modalityCount,
  parseDatasetDescription,
  type TrainingEntry,
} from './dataset-description.ts';
export { assertIntact, type DatasetFault, faultsToJson, formatFaults } from './faults.ts';
export type { Fingerprint, IntensityProperties, IntensityStatistics } from './fingerprint.ts';
export { parseFingerprint, parseIntensityProperties } from './fingerprint-schema.ts';
export {
  CONFIGURATIONS,
  type Configuration,
  checkConfiguration,
  croppedFolder,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_DATA_IDENTIFIER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  ensembleName,
  ensemblesFolder,
  FILE_NAMES,
  type Fold,
  foldFolderName,
  type ModelName,
  modelFolder,
  nextStageFileName,
  nextStageFolder,
  parseFold,
  plansFileName,
  preprocessedFolder,
  rawFolder,
  resultsFolder,
  stageFolderName,
  summariesFolder,
} from './folder-layout.ts';
export { formatJson, type JsonValue, type OrderedJson, parseJsonWithNaN, parseOrderedJson } from './json-with-nan.ts';
export { labelFaults } from './labels-check.ts';
export { type MakeSplitsOptions, makeSplits } from './make-splits.ts';
export type { NormalizationScheme, Plans, SegmentationExportParams, StagePlans } from './plans.ts';
export { checkPlans, MAX_PATCH_VOXELS, parsePlans } from './plans-schema.ts';
export { joinPath, needRoot, type RootSources, type Roots, resolveRoots } from './roots.ts';
export type { Split } from './split.ts';
export { findSplitFaults, formatSplitFaults, type SplitFault } from './split-faults.ts';
export { fiveFoldSplits, splitOfFold } from './splits.ts';
export { parseSplits } from './splits-schema.ts';
export { matchTask, taskId, taskName, taskPrefix } from './task-name.ts';
export { requireDeclaredLabels } from './undeclared-labels.ts';
