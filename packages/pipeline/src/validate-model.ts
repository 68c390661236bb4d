import { join } from 'node:path';
import { determinePostprocessing } from '@nnunet/postprocess/node';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { type ValidateFoldOptions, validateFold } from '@nnunet/trainer/node';
import { diceTable, meanForegroundDice } from './evaluate.ts';
import { caseProgress, type Reporter } from './reporter.ts';

export interface ValidateModelOptions extends Omit<ValidateFoldOptions, 'onProgress' | 'onLog'> {
  foldFolder: string;
  validationFolder: string;
  /** Label value to name. */
  labelNames: Readonly<Record<string, string>>;
  /** Then decide which components to remove, as far as this fold's cases tell. */
  decidePostprocessing: boolean;
  reporter: Reporter;
}

/** Cases of a validation that are told by name. */
const CASES_TO_SHOW = 10;

export interface ValidationScores {
  /** Mean over the foreground labels. */
  dice: number;
  /** Dice per label and of the worst cases, for people. */
  table: string;
  summaryFile: string;
}

/**
 * What nnUNet_train does after training: predictions of the validation cases with their scores, `postprocessing.json` and
 * `<validation folder>_postprocessed`, and what the cascade needs. Returns the scores where they were measured.
 */
export async function validateModel(options: ValidateModelOptions): Promise<ValidationScores | undefined> {
  const { decidePostprocessing, labelNames, reporter, foldFolder, validationFolder, workers, signal, ...fold } =
    options;
  const { summary, cases, folder } = await validateFold({
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
      baseFolder: foldFolder,
      references: join(fold.preprocessedFolder, FILE_NAMES.groundTruth),
      rawFolder: validationFolder,
      finalFolder: `${validationFolder}_postprocessed`,
      bareNaN: fold.bareNaN,
      // A few small cases are done before a thread has started.
      workers: Math.min(workers ?? 2, cases.length),
      // The scoring has told of it.
      grid: { elsewhere: 'warn' },
      signal,
      onProgress: ({ done, total, step }) => reporter.progress({ what: `postprocessing, ${step}`, done, total }),
    });
  }
  return {
    dice: meanForegroundDice(summary),
    table: diceTable(summary, {
      names: labelNames,
      worst: CASES_TO_SHOW,
    }),
    summaryFile: join(folder, 'summary.json'),
  };
}
