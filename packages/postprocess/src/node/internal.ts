export { collectedSources, collectFolds } from './consolidate-folds.ts';
export { updateReferences } from './model-references.ts';
