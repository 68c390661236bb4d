export { type ConvertDecathlonTaskOptions, type ConvertedTask, convertDecathlonTask } from './convert-decathlon.ts';
export { type GenerateDatasetJsonOptions, generateDatasetJson } from './generate-dataset-json.ts';
export { type RepairChange, type RepairOptions, repairDataset } from './repair-dataset.ts';
export { type VerifyOptions, type VerifyReport, verifyDataset } from './verify-dataset.ts';
