import { checkConfiguration, modelFolder, parseFold, type Roots, resultsFolder } from '@nnunet/dataset';
import { resolveTask } from '@nnunet/dataset/node';
import { NnUNetError } from '@nnunet/errors';
import { loadModel, predictFolder } from '@nnunet/inference/node';
import { prepareImageFormats, writeLabelsAsImages } from './image-formats.ts';
import type { Reporter } from './reporter.ts';

export interface PredictOptions {
  roots: Roots;
  inputFolder: string;
  outputFolder: string;
  /** Id or name. */
  task: string;
  trainer: string;
  configuration: string;
  plansIdentifier: string;
  /** Folds to average, or ['all']; every trained fold if left out. */
  folds?: readonly string[];
  /** Base name of the checkpoint. */
  checkpoint: string;
  saveSoftmax: boolean;
  partId: number;
  numParts: number;
  mirroring: boolean;
  overwrite: boolean;
  stepSize: number;
  /** Write label maps also in the format of the images where that is NRRD or MetaImage. */
  keepFormat?: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * What nnUNet_predict does: label maps for all cases of a folder (v1's predict_simple.py).
 * @throws NnUNetError 'cases-failed' at the end, naming the cases, after the others are finished
 */
export async function predict(options: PredictOptions): Promise<{ predicted: number; skipped: number }> {
  const { roots, reporter, signal, trainer, plansIdentifier } = options;
  const configuration = checkConfiguration(options.configuration);
  const folds = options.folds?.map(parseFold);
  resultsFolder(roots);
  const task = await resolveTask(options.task, roots);
  const folder = modelFolder(roots, { configuration, task, trainer, plans: plansIdentifier });
  const otherImages = await prepareImageFormats(options.inputFolder, reporter);
  const model = await loadModel(folder, { folds, checkpoint: options.checkpoint });
  try {
    const { predicted, skipped, elsewhere, failed } = await predictFolder({
      model,
      inputFolder: options.inputFolder,
      outputFolder: options.outputFolder,
      overwrite: options.overwrite,
      saveProbabilities: options.saveSoftmax,
      mirroring: options.mirroring,
      stepSize: options.stepSize,
      part: options.partId,
      parts: options.numParts,
      signal,
      onMessage: (text) => reporter.message(text),
      onProgress: ({ caseId, casesDone, cases, share, secondsLeft }) =>
        reporter.progress({
          what: 'predicting',
          done: casesDone + (share === 1 ? 1 : 0),
          total: cases,
          note: caseId,
          secondsLeft: secondsLeft ?? undefined,
        }),
    });
    if (options.keepFormat) await writeLabelsAsImages(otherImages, options.outputFolder, [...predicted, ...skipped]);
    if (failed.length > 0) {
      throw new NnUNetError('cases-failed', {
        what: `${failed.length} of ${failed.length + predicted.length} cases failed:\n${failed.map((f) => `- ${f.id}: ${f.error.message}`).join('\n')}`,
        remedy: 'The others are done. Correct these and run the same again: finished cases are kept.',
      });
    }
    return { predicted: predicted.length, skipped: skipped.length + elsewhere.length };
  } finally {
    await model.dispose();
  }
}
