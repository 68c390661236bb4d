export {
  type DiceOptions,
  diceAndBinaryCrossEntropy,
  diceAndCrossEntropy,
  diceAndEntropy,
  type LossOptions,
} from './loss.ts';
export {
  generalisedDice,
  matthewsCorrelation,
  type OverlapOptions,
  softDice,
  softDiceOfRegions,
  squaredDice,
} from './loss-overlap.ts';
export { sumOfLosses } from './loss-sum.ts';
export type { TargetOptions } from './loss-target.ts';
export { crossEntropy, focalLoss, topCrossEntropy } from './loss-voxelwise.ts';
