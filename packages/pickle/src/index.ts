export { type BadPickleDetails, isBadPickle } from './bad-pickle.ts';
export { PickledArray } from './numpy-array.ts';
export { GlobalReference, type PickleGlobal } from './pickle-global.ts';
export type { PickleLimits } from './pickle-limits.ts';
export { type PickleToJsonOptions, pickleToJson } from './pickle-to-json.ts';
export { type ReadPickleOptions, readPickle, readPickleAt } from './read-pickle.ts';
export { PersistentId, PythonGlobal, type WritePickleOptions, writePickle } from './write-pickle.ts';
