export {
  type DatasetsOptions,
  type ExtractFingerprintsOptions,
  extractFingerprintsV2,
  type PlanAndPreprocessDatasetsOptions,
  type PlanExperimentsOptions,
  type PreprocessDatasetsOptions,
  planAndPreprocessDatasetsV2,
  planExperimentsV2,
  preprocessDatasetsV2,
} from './v2/plan-datasets.ts';
