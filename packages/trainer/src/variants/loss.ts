import {
  crossEntropy,
  diceAndEntropy,
  focalLoss,
  generalisedDice,
  matthewsCorrelation,
  softDice,
  squaredDice,
  sumOfLosses,
  topCrossEntropy,
} from '@nnunet/network/losses';
import { type Changes, copiesOf, variantsOf } from './variants-of.ts';

const slower: Changes = { settings: { initialLearningRate: 1e-3 } };
const dice: Changes = { loss: softDice };
const diceWithBackground: Changes = { loss: (choice) => softDice({ ...choice, background: true }) };
/** Cross-entropy of the worst tenth of the voxels. */
const worstTenth: Changes = { loss: (choice) => topCrossEntropy(0.1, choice) };

/**
 * Share of the way from cross-entropy to Dice. v1 sets the weights at the end of an epoch by the number of that epoch: a
 * thousandth of the training later than its numbers say.
 */
const moved = (share: number): number => Math.min(1, Math.max(0, (share - 0.501) / (0.751 - 0.501)));

/** Variants of nnUNetTrainerV2 with other losses. Origin: v1's nnUNet_variants/loss_function. */
export const lossVariants = variantsOf('nnUNetTrainerV2_', {
  /** Dice of the batch as one image. */
  ForceBD: { batchDice: true },
  /** Mean of the samples' Dice. */
  ForceSD: { batchDice: false },
  /** Dice without the 1e-5 in numerator and denominator. */
  Loss_DiceCE_noSmooth: { loss: (choice) => diceAndEntropy({ ...choice, smooth: 0 }) },
  Loss_CE: { loss: crossEntropy },
  Loss_Dice: dice,
  Loss_DicewithBG: diceWithBackground,
  Loss_Dice_LR1en3: { ...dice, ...slower },
  Loss_DicewithBG_LR1en3: { ...diceWithBackground, ...slower },
  /** Dice with squares in the denominator. */
  Loss_Dice_squared: { loss: squaredDice, ...slower },
  /** Cross-entropy and generalised Dice. */
  Loss_CEGDL: { loss: (choice) => sumOfLosses([crossEntropy(choice), 1], [generalisedDice(choice), 1]) },
  Loss_TopK10: worstTenth,
  ...copiesOf('Loss_TopK10', worstTenth),
  Loss_DiceTopK10: { loss: (choice) => sumOfLosses([topCrossEntropy(0.1, choice), 1], [softDice(choice), 1]) },
  /** Matthews correlation coefficient. */
  Loss_MCC: { loss: (choice) => matthewsCorrelation({ ...choice, background: true }), ...slower },
  Loss_MCCnoBG: { loss: matthewsCorrelation, ...slower },
  SegLoss_Focal: { loss: focalLoss },
  /** Cross-entropy alone in the first half of the training, Dice alone in the last quarter; weight 2; between them both. */
  graduallyTransitionFromCEToDice: {
    phase: moved,
    loss: (choice, share) =>
      sumOfLosses([crossEntropy(choice), 2 - 2 * moved(share)], [softDice(choice), 2 * moved(share)]),
  },
});
