export { sourcesToPrepare } from './case-sources.ts';
