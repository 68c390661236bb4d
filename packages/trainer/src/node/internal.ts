export { type CalibrateFoldOptions, calibrateFold } from './calibrate-fold.ts';
export { trainingMemory } from './check-memory.ts';
export { NAMES_V2 } from './fold-folder.ts';
export { readTrainingV2 } from './read-training-v2.ts';
export { tellValidated } from './tell-validated.ts';
