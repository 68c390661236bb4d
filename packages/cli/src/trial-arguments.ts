import type { FoldForecast } from '@nnunet/pipeline';
import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';
import { forecastInWords } from './training-answer.ts';

/** Adds the options with which a fold is tried out instead of trained. */
export function addTrialArguments(parser: ArgumentParser): void {
  parser.add_argument('--find_lr', {
    action: 'store_true',
    help: 'do not train: try learning rates from 1e-6 to 10 and plot their losses to lr_finder.png',
  });
  parser.add_argument('--preview_batches', {
    type: 'int',
    metavar: 'N',
    help: 'do not train: draw the first N augmented training batches to preview_batch_0.png, preview_batch_1.png, …',
  });
  parser.add_argument('--dry_run', {
    action: 'store_true',
    help: 'do not train: measure a few steps and estimate the time of an epoch, the fold and all folds, and the memory of a step',
  });
}

/** How a fold is tried out by the options of a command. */
interface Trials {
  forecast(): Promise<FoldForecast>;
  preview(count: number): Promise<string[]>;
  searchRate(): Promise<string>;
}

/**
 * Makes the picture or the forecast that {@link addTrialArguments} asks for, and prints the result.
 *
 * @param network what the command calls the configuration
 * @returns whether one was asked for
 */
export async function runTrial(
  args: Arguments,
  network: string,
  trials: Trials,
  { answer, print }: Pick<CommandContext, 'answer' | 'print'>,
): Promise<boolean> {
  if (args.dry_run) {
    const forecast = await trials.forecast();
    const words = forecastInWords(forecast, { network, fold: args.fold });
    answer('training_forecast', { ...forecast, patchSize: [...forecast.patchSize] }, [words]);
    return true;
  }
  if (args.preview_batches !== undefined) {
    for (const file of await trials.preview(args.preview_batches)) print(`drawn: ${file}`);
    return true;
  }
  if (!args.find_lr) return false;
  print(`drawn: ${await trials.searchRate()}`);
  return true;
}
