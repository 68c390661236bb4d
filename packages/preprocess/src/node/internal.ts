export { sourcesToPrepare } from './case-sources.ts';
export { loadPreprocessors } from './load-preprocessors.ts';
