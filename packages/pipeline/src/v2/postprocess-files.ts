import { mkdir } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { casesFailed } from '@nnunet/errors/internal';
import { applyPostprocessing, type PostprocessingRule } from '@nnunet/postprocess';
import { applyPostprocessingToFolder } from '@nnunet/postprocess/node';
import { joinPath } from '@nnunet/schema/internal';
import { filesIn } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import type { Reporter } from '../reporter.ts';
import type { PredictionFiles } from './prediction-files.ts';

export interface PostprocessFilesOptions {
  inputFolder: string;
  outputFolder: string;
  rule: PostprocessingRule;
  files: Pick<PredictionFiles, 'dataset' | 'formats'>;
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal | undefined;
}

/**
 * Applies a rule to all label maps of a folder that have the file ending of a dataset. Threads work on NIfTI alone.
 *
 * @returns the names of the files
 * @throws NnUNetError 'no-images' if there are none, 'cases-failed'
 */
export async function postprocessFiles(options: PostprocessFilesOptions): Promise<string[]> {
  const { inputFolder, outputFolder, rule, workers, reporter, signal } = options;
  const { dataset, formats } = options.files;
  const names = await filesIn(inputFolder, dataset.fileEnding);
  if (names.length === 0) {
    throw new NnUNetError('no-images', {
      what: `there are no label maps ${dataset.fileEnding} in this folder`,
      where: inputFolder,
      remedy: 'Give the folder of predictions, and the dataset.json that belongs to them.',
    });
  }
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    reporter.progress({ what: 'postprocessing', done, total });
  const common = { inputFolder, outputFolder, rule, workers, signal, onProgress };
  if (shippedFormats.names().includes(dataset.fileEnding))
    return applyPostprocessingToFolder({ ...common, files: names });
  await mkdir(outputFolder, { recursive: true });
  const work = async (name: string) => {
    const labels = await readLabels(joinPath(inputFolder, name), formats);
    await writeVolume(joinPath(outputFolder, name), applyPostprocessing(labels, rule), formats);
  };
  const outcomes = await settleBounded(names, work, { width: 1, signal, onProgress });
  const { failed } = splitOutcomes(names, outcomes, (name) => name);
  if (failed.length > 0) throw casesFailed(failed, { total: names.length, noun: 'file' });
  return names;
}
