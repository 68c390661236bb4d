export { collectedSources, collectFolds } from './consolidate-folds.ts';
export { updateReferences } from './model-references.ts';
export { regionsOfModel } from './model-regions.ts';
export { type StepV2, writePostprocessingV2 } from './postprocessing-v2.ts';
