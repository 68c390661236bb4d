import { join } from 'node:path';
import { meanDice } from '@nnunet/metrics/internal';
import { determinePostprocessing } from '@nnunet/postprocess/node';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { type ValidateFoldOptions, validateFold } from '@nnunet/trainer/node';
import { diceTable, regionTable } from './evaluate.ts';
import { caseProgress, type Reporter } from './reporter.ts';

export interface ValidateModelOptions extends Omit<ValidateFoldOptions, 'onProgress' | 'onLog'> {
  validationFolder: string;
  /** Label value to name. */
  labelNames: Readonly<Record<string, string>>;
  /** Also decide which components to remove, based on this fold's cases. */
  decidePostprocessing: boolean;
  reporter: Reporter;
}

/** Maximum number of validation cases that are named. */
const CASES_TO_SHOW = 10;

export interface ValidationScores {
  /** Mean over the foreground labels or, if the task asks for them, regions. */
  dice: number;
  /** Table for the user: Dice per label, and of the worst cases. */
  table: string;
  summaryFile: string;
}

/**
 * Carries out the steps after training: predicts and scores the validation cases, writes `postprocessing.json` and
 * `<validation folder>_postprocessed`, and the input of the cascade. Returns the scores if there are any.
 */
export async function validateModel(options: ValidateModelOptions): Promise<ValidationScores | undefined> {
  const { decidePostprocessing, labelNames, reporter, validationFolder, workers, signal, ...fold } = options;
  const { summary, regions, cases, folder } = await validateFold({
    ...fold,
    validationFolder,
    workers,
    signal,
    onLog: (text) => reporter.message(text),
    onProgress: (progress) =>
      reporter.progress(caseProgress(fold.evaluate === false ? 'predicting for the cascade' : 'validating', progress)),
  });
  if (summary === null) return undefined;
  if (decidePostprocessing) {
    await determinePostprocessing({
      baseFolder: join(fold.modelFolder, foldFolderName(fold.fold)),
      references: join(fold.preprocessedFolder, FILE_NAMES.groundTruth),
      rawFolder: validationFolder,
      finalFolder: `${validationFolder}_postprocessed`,
      bareNaN: fold.bareNaN,
      // A few small cases are done before a thread has started.
      workers: Math.min(workers ?? 2, cases.length),
      // Already reported by the scoring.
      grid: { elsewhere: 'warn' },
      signal,
      onProgress: ({ done, total, step }) => reporter.progress({ what: `postprocessing, ${step}`, done, total }),
    });
  }
  return {
    dice: meanDice(summary),
    table: [
      diceTable(summary, { names: labelNames, worst: CASES_TO_SHOW }),
      ...(regions === null ? [] : [regionTable(regions, CASES_TO_SHOW)]),
    ].join('\n\n'),
    summaryFile: join(folder, 'summary.json'),
  };
}
