export { type CalibrateFoldOptions, calibrateFold } from './calibrate-fold.ts';
export { trainingMemory } from './check-memory.ts';
