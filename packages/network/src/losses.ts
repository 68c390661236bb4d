export { type DiceOptions, diceAndBinaryCrossEntropy, diceAndCrossEntropy } from './loss.ts';
export {
  generalisedDice,
  matthewsCorrelation,
  type OverlapOptions,
  softDice,
  softDiceOfRegions,
  squaredDice,
} from './loss-overlap.ts';
export { sumOfLosses } from './loss-sum.ts';
export { crossEntropy, focalLoss, topCrossEntropy } from './loss-voxelwise.ts';
