export { caseIdProblem, requireCaseId } from './case-id.ts';
export { locationsByLabel } from './case-properties.ts';
export { checkCaseProperties } from './case-properties-schema.ts';
export { changedKeys } from './changed-keys.ts';
export { type CsvCell, formatCsv } from './csv.ts';
export { caseIdOfEntry, formatDatasetDescription, imageFileName } from './dataset-description.ts';
export {
  type DatasetLabels,
  judgedRegions,
  labelEntries,
  learntLabels,
  learntOf,
  meaningOfLabels,
} from './dataset-labels.ts';
export { classNamesV2, datasetLabelsV2 } from './dataset-v2.ts';
export { checkFingerprint, checkIntensityProperties } from './fingerprint-schema.ts';
export { parseFingerprintV2 } from './fingerprint-v2.ts';
export {
  checkConfiguration,
  croppedFolder,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_DATA_IDENTIFIER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  datasetModelFolder,
  datasetModelsFolder,
  ensembleName,
  ensemblesFolder,
  FILE_NAMES,
  foldFolderName,
  knownRawFolder,
  modelFolder,
  nextStageFileName,
  nextStageFolder,
  nextStageFolderV2,
  parseFold,
  plansFileName,
  preprocessedFolder,
  rawDatasetsFolder,
  rawFolder,
  resultsFolder,
  stageFolderName,
  summariesFolder,
  trainerOf,
} from './folder-layout.ts';
export { formatJsonV2 } from './json-v2.ts';
export { type OrderedJson, parseOrderedJson } from './json-with-nan.ts';
export {
  annotatedLabels,
  declaredLabelsV2,
  type LabelsV2,
  labelsV2,
  sampledClasses,
  targetRegions,
} from './labels-v2.ts';
export { checkPlans, MAX_PATCH_VOXELS } from './plans-schema.ts';
export { formatPythonJson, PythonFloat } from './python-json.ts';
export { joinPath, needAnyRoot, needRoot } from './roots.ts';
export { checkSchema } from './schema-check.ts';
export { checkStoredSplits } from './splits-schema.ts';
export { datasetName, isDatasetName, matchTask, nearestTasks, taskName, taskPrefix } from './task-name.ts';
export { requireDeclaredLabels, undeclaredLabels, valuesInWords } from './undeclared-labels.ts';
export { countValues, hasNonzero } from './voxel-check.ts';
