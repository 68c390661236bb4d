export type { CaseProperties, ClassLocations, CroppedCase } from './case-properties.ts';
export { parseCaseProperties } from './case-properties-schema.ts';
export {
  type DatasetDescription,
  modalityCount,
  parseDatasetDescription,
  type TrainingEntry,
} from './dataset-description.ts';
export { type DatasetLabels, declaredLabels, foregroundLabels } from './dataset-labels.ts';
export { type CaseFilesV2, type DatasetV2, parseDatasetV2 } from './dataset-v2.ts';
export type { Fingerprint, IntensityProperties, IntensityStatistics, LearntLabels } from './fingerprint.ts';
export { parseFingerprint, parseIntensityProperties } from './fingerprint-schema.ts';
export type { ChannelStatisticsV2, FingerprintV2 } from './fingerprint-v2.ts';
export { CONFIGURATIONS, type Configuration, type Fold, type ModelName } from './folder-layout.ts';
export { formatJson, parseJsonWithNaN } from './json-with-nan.ts';
export type { LabelsV2, RegionV2 } from './labels-v2.ts';
export type { NormalizationScheme, Plans, SegmentationExportParams, StagePlans } from './plans.ts';
export { parsePlans } from './plans-schema.ts';
export { type RootSources, type Roots, resolveRoots } from './roots.ts';
export { parseSplits, type Split } from './splits-schema.ts';
