export { settleCases } from './case-jobs.ts';
export { type RawState, RULES, requireUnchanged, sourcesToPrepare, stateOfRawCase } from './case-sources.ts';
export { noticesOnFiles } from './case-tasks.ts';
