export { readModelFolder } from './load-model.ts';
export { notAFolder } from './no-images.ts';
export { requireOtherFolder } from './predict-folder.ts';
export { readCheckpointWeights } from './read-checkpoint-weights.ts';
export { TimeLeft } from './time-left.ts';
