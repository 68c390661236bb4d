export { type ConvertDecathlonTaskOptions, type ConvertedTask, convertDecathlonTask } from './convert-decathlon.ts';
export {
  type ConvertedDataset,
  type DatasetToV1Options,
  type DecathlonToV2Options,
  datasetToV1,
  decathlonToV2,
  type TaskToV2Options,
  taskToV2,
} from './convert-v2.ts';
export { type GenerateDatasetJsonOptions, generateDatasetJson } from './generate-dataset-json.ts';
export { imagesByCaseV2, type PathVariables, type RawCaseV2, rawCasesV2 } from './raw-cases-v2.ts';
export { type RepairChange, type RepairOptions, repairDataset } from './repair-dataset.ts';
export { type VerifyOptions, type VerifyReport, verifyDataset } from './verify-dataset.ts';
export { type VerifyOptionsV2, type VerifyReportV2, verifyDatasetV2 } from './verify-dataset-v2.ts';
