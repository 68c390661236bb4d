import { polyLearningRate } from '../schedule.ts';
import { patienceIsOver, plateauLearningRate } from './plateau.ts';
import { type Changes, variantsOf } from './variants-of.ts';

/** Lowest rate of a cycle. */
const LOWEST = 1e-6;

/**
 * A fifth of the rate whenever the training loss has not fallen for 30 epochs; ends when that no longer helps; no rescue.
 *
 * @param from see {@link plateauLearningRate}
 */
export function reducedOnPlateau(from: 0 | 1): Changes {
  return {
    learningRate: (initial, _share, { trainLosses }) => plateauLearningRate(initial, trainLosses, from),
    hasSettled: patienceIsOver,
    rescue: null,
  };
}

/** After the usual 1000 epochs some more, in which the rate goes up and down again. */
function cycleAtEnd(epochs: number, highest: number): Changes {
  return {
    settings: { epochs: 1000 + epochs },
    learningRate(initial, share) {
      const epoch = share * (1000 + epochs);
      if (epoch < 1000) return polyLearningRate(initial, epoch / 1000);
      const height = 1 - Math.abs((2 * (epoch - 1000)) / epochs - 1);
      return LOWEST + (highest - LOWEST) * height;
    },
  };
}

/**
 * Variants of nnUNetTrainerV2 with another course of the learning rate. v1 counts epochs; here the same points are shares
 * of the training, so that a training with fewer epochs passes through all of them.
 * Origin: v1's nnUNet_variants/optimizer_and_lr.
 */
export const scheduleVariants = variantsOf('nnUNetTrainerV2_', {
  /** Steps down to a tenth at 50 %, 67.5 % and 85 % of the training. */
  SGD_fixedSchedule: {
    learningRate: (initial, share) => initial * (share < 0.5 ? 1 : share < 0.675 ? 0.1 : share < 0.85 ? 0.01 : 0.001),
  },
  /** Steps down to a tenth at 50 %, and falls to 0 from 67.5 % on. */
  SGD_fixedSchedule2: {
    learningRate: (initial, share) =>
      share < 0.5 ? initial : polyLearningRate(0.1 * initial, Math.max(0, share - 0.675) / (1 - 0.675)),
  },
  SGD_ReduceOnPlateau: reducedOnPlateau(1),
  cycleAtEnd: cycleAtEnd(100, 1e-3),
  cycleAtEnd2: cycleAtEnd(200, 1e-2),
  /** The rate rises in the first 50 of 1050 epochs, and falls as usual in those that follow. */
  warmup: {
    settings: { epochs: 1050 },
    learningRate(initial, share) {
      const epoch = share * 1050;
      return epoch <= 50 ? (initial * Math.max(1, epoch)) / 50 : polyLearningRate(initial, (epoch - 50) / 1050);
    },
  },
});
