import { join } from 'node:path';
import { secondsInWords } from '@nnunet/errors/internal';
import type { FoldForecast, TrainModelResult } from '@nnunet/pipeline';
import type { CommandContext } from './command.ts';

/**
 * Answers how a training ended.
 *
 * @param how `trains`: not only validated; `continueWith`: the flag that goes on with it; `order`: of the cases in the table
 */
export function answerTraining(
  answer: CommandContext['answer'],
  result: TrainModelResult,
  { trains, continueWith, order = '' }: { trains: boolean; continueWith: string; order?: string },
): void {
  const { foldFolder, interrupted, scores } = result;
  const fields = { foldFolder, interrupted, ...(scores && { dice: scores.dice, summaryFile: scores.summaryFile }) };
  const stopped = `stopped: the training so far is saved in ${foldFolder}; continue with the same command and ${continueWith}`;
  answer('train', fields, interrupted ? [stopped] : trainedInWords(result, trains, order));
}

function trainedInWords({ foldFolder, scores }: TrainModelResult, trains: boolean, order: string): string[] {
  const lines = [`${trains ? 'trained' : 'validated'}: ${foldFolder}`];
  if (trains) lines.push(`curves: ${join(foldFolder, 'progress.png')}`);
  if (scores !== undefined) lines.push(`scores: ${scores.summaryFile}`, `\nvalidation${order}:\n${scores.table}`);
  return lines;
}

/** What a training is expected to cost, in words. */
export function forecastInWords(
  { folds, ...forecast }: FoldForecast,
  { network, fold }: { network: string; fold: string },
): string {
  const { patchSize, batchSize, iterationsPerEpoch, validationIterationsPerEpoch, epochs, validationCases } = forecast;
  const cases = validationCases === 1 ? 'case' : 'cases';
  return [
    `${network}, fold ${fold}: patch ${patchSize.join(' x ')}, batch ${batchSize}`,
    `memory: ${forecast.memory}`,
    `a training step: ${forecast.step.toFixed(2)} s`,
    `an epoch, ${iterationsPerEpoch} training and ${validationIterationsPerEpoch} validation iterations: ${secondsInWords(forecast.epoch)}`,
    ...(validationCases === 0
      ? []
      : [`validation, ${validationCases} ${cases}: ${secondsInWords(forecast.validation)}`]),
    `this fold, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}: ${secondsInWords(forecast.fold)}`,
    ...(fold === 'all' || folds === 1
      ? []
      : [`all ${folds} folds, one after the other: ${secondsInWords(folds * forecast.fold)}`]),
    'Nothing was trained.',
  ].join('\n');
}
