export type { CaseProperties, CroppedCase } from './case-properties.ts';
export type { Fingerprint, IntensityProperties, IntensityStatistics } from './fingerprint.ts';
export type { NormalizationScheme, Plans, SegmentationExportParams, StagePlans } from './plans.ts';
