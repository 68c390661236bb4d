export type { JobOptions } from './case-jobs.ts';
export { type CaseSources, sourcesToPrepare } from './case-sources.ts';
export { type CropTaskOptions, cropTask } from './crop-task.ts';
export { listCroppedCases, readCroppedCase, readCroppedCases, writeCroppedCase } from './cropped-files.ts';
export { loadPreprocessors } from './load-preprocessors.ts';
export { type PreprocessTaskOptions, preparationMemory, preprocessTask } from './preprocess-task.ts';
export type { RawCase } from './raw-case.ts';
