import type { TrainingProgress, TrainingSettings } from '@nnunet/trainer';
import type { Reporter } from './reporter.ts';

/** Returns what tells a reporter of the progress of a training. */
export function trainingProgress(
  reporter: Pick<Reporter, 'progress'>,
  { timeBudget }: Partial<TrainingSettings>,
): (progress: TrainingProgress) => void {
  // With a time budget, the number of epochs is only an upper bound and says nothing about progress.
  const inTime = timeBudget !== undefined;
  return ({ phase, epoch, epochs, iteration, iterations, secondsPerIteration, secondsLeft }) =>
    reporter.progress({
      what: `epoch ${epoch}${inTime ? '' : ` of ${epochs}`}, ${phase}`,
      done: iteration,
      total: iterations,
      note: `${secondsPerIteration.toFixed(2)} s each`,
      secondsLeft,
    });
}
