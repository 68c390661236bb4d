export { type BatchLoader, type BatchLoaderOptions, startBatchLoader } from './batch-loader.ts';
export { type OpenPatchSource, openPreparedSource, type PreparedSourceOptions } from './prepared-source.ts';
export type { SourceDescription } from './source-description.ts';
