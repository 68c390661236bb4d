import { MovingAverage } from '../moving-average.ts';
import type { TrainingLog } from '../training-log.ts';

const KEEP = 0.93;
const FACTOR = 0.2;
const PATIENCE = 30;
/** An average must fall by this much to count as better. */
const THRESHOLD = 1e-3;

/**
 * Returns a learning rate that falls to a fifth whenever the moving average of the training loss has not improved for
 * 30 epochs. It depends on the losses only, so that a resumed training continues with the same rate.
 *
 * @param from first epoch considered: 1 in nnUNetTrainerV2's variants, where v1 has no average before
 *
 * Origin: v1's nnUNetTrainer, with PyTorch's ReduceLROnPlateau.
 */
export function plateauLearningRate(initial: number, trainLosses: readonly number[], from: 0 | 1): number {
  let rate = initial;
  let best = Number.POSITIVE_INFINITY;
  let bad = 0;
  for (const average of averages(trainLosses).slice(from)) {
    if (average < best - THRESHOLD) {
      best = average;
      bad = 0;
    } else bad++;
    if (bad > PATIENCE) {
      rate *= FACTOR;
      bad = 0;
    }
  }
  return rate;
}

type PlateauLog = Pick<TrainingLog, 'trainLosses' | 'learningRates'>;

const STOP_PATIENCE = 50;
const STOP_THRESHOLD = 5e-4;
const LOWEST_RATE = 1e-6;

/**
 * Returns whether a training has ended early: the average of the training loss has not improved for 50 epochs, at a
 * rate of 1e-6 or less.
 *
 * @param learningRates of the finished epochs
 * @param nextRate of the next epoch: v1 has already changed the rate when it checks
 *
 * Origin: v1's `NetworkTrainer.manage_patience`.
 */
export function patienceIsOver({ trainLosses, learningRates }: PlateauLog, nextRate: number): boolean {
  const rateAfter = (epoch: number) => learningRates[epoch + 1] ?? nextRate;
  let best = Number.POSITIVE_INFINITY;
  let bestEpoch = 0;
  for (const [epoch, average] of averages(trainLosses).entries()) {
    if (average + STOP_THRESHOLD < best) {
      best = average;
      bestEpoch = epoch;
    }
    if (epoch - bestEpoch <= STOP_PATIENCE) continue;
    if (rateAfter(epoch) <= LOWEST_RATE) return true;
    bestEpoch = epoch - STOP_PATIENCE / 2;
  }
  return false;
}

function averages(trainLosses: readonly number[]): number[] {
  const average = new MovingAverage(KEEP, null);
  return trainLosses.map((loss) => {
    average.add(loss);
    return average.value!;
  });
}
