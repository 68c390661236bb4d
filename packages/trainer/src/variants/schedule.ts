import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import { polyLearningRate } from '../schedule.ts';
import type { TrainingLog } from '../training-log.ts';
import type { TrainingRules } from '../training-run.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { patienceIsOver, plateauLearningRate } from './plateau.ts';

/*
 * Variants of nnUNetTrainerV2 with another course of the learning rate. v1 counts epochs; here the same points are shares of
 * the training, so that a training with fewer epochs passes through all of them.
 * Origin: v1's nnUNet_variants/optimizer_and_lr.
 */

/** Steps down to a tenth at 50 %, 67.5 % and 85 % of the training. */
export class nnUNetTrainerV2_SGD_fixedSchedule extends nnUNetTrainerV2 {
  override learningRate(initial: number, share: number): number {
    return initial * (share < 0.5 ? 1 : share < 0.675 ? 0.1 : share < 0.85 ? 0.01 : 0.001);
  }
}

/** Steps down to a tenth at 50 %, and falls to 0 from 67.5 % on. */
export class nnUNetTrainerV2_SGD_fixedSchedule2 extends nnUNetTrainerV2 {
  override learningRate(initial: number, share: number): number {
    if (share < 0.675) return share < 0.5 ? initial : 0.1 * initial;
    return polyLearningRate(0.1 * initial, (share - 0.675) / (1 - 0.675));
  }
}

/** A fifth of the rate whenever the training loss has not fallen for 30 epochs; ends when that no longer helps; no rescue. */
export class nnUNetTrainerV2_SGD_ReduceOnPlateau extends nnUNetTrainerV2 {
  override learningRate(initial: number, _share: number, { trainLosses }: TrainingLog): number {
    return plateauLearningRate(initial, trainLosses, 1);
  }

  override hasSettled(log: TrainingLog, nextRate: number): boolean {
    return patienceIsOver(log, nextRate);
  }

  override rescue(): TrainingRules['rescue'] {
    return null;
  }
}

/** After the usual 1000 epochs 100 more, in which the rate goes up to 1e-3 and down again. */
export class nnUNetTrainerV2_cycleAtEnd extends nnUNetTrainerV2 {
  protected readonly cycle: { epochs: number; highest: number } = { epochs: 100, highest: 1e-3 };

  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 1000 + this.cycle.epochs };
  }

  override learningRate(initial: number, share: number): number {
    const { epochs, highest } = this.cycle;
    const epoch = share * (1000 + epochs);
    if (epoch < 1000) return polyLearningRate(initial, epoch / 1000);
    const height = 1 - Math.abs((2 * (epoch - 1000)) / epochs - 1);
    return LOWEST + (highest - LOWEST) * height;
  }
}

const LOWEST = 1e-6;

/** The same with 200 epochs and up to 1e-2. */
export class nnUNetTrainerV2_cycleAtEnd2 extends nnUNetTrainerV2_cycleAtEnd {
  protected override readonly cycle = { epochs: 200, highest: 1e-2 };
}

/** The rate rises in the first 50 of 1050 epochs, and falls as usual in those that follow. */
export class nnUNetTrainerV2_warmup extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 1050 };
  }

  override learningRate(initial: number, share: number): number {
    const epoch = share * 1050;
    return epoch <= 50 ? (initial * Math.max(1, epoch)) / 50 : polyLearningRate(initial, (epoch - 50) / 1050);
  }
}
