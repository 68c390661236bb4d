export type { JobOptions } from './case-jobs.ts';
export type { CaseSources } from './case-sources.ts';
export { type CropOutcome, type CropTaskOptions, cropTask } from './crop-task.ts';
export { listCroppedCases, readCroppedCase, readCroppedCases } from './cropped-files.ts';
export { type PreprocessTaskOptions, preprocessTask } from './preprocess-task.ts';
export type { RawCase } from './raw-case.ts';
