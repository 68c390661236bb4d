export { assertIntact, type DatasetFault, faultsToJson, formatFaults, groupFaults } from './faults.ts';
export { imageReaderV2 } from './image-reader-v2.ts';
export { type MakeSplitsOptions, makeSplits } from './make-splits.ts';
export { findSplitFaults, formatSplitFaults, type SplitFault } from './split-faults.ts';
export { fiveFoldSplits, randomSplitV2, splitOfFold } from './splits.ts';
