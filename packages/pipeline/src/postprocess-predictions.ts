import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { isModelFolderV2 } from '@nnunet/inference/node/internal';
import { labelFiles } from '@nnunet/metrics/node/internal';
import { applyPostprocessing } from '@nnunet/postprocess';
import { applyPostprocessingToFolder, readPostprocessing } from '@nnunet/postprocess/node';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { isFolder } from '@nnunet/tensor/node/internal';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { describeRule } from './consolidate-model.ts';
import { stemOf } from './image-formats.ts';
import { keptTable, knownLabelNames, TABLE, writeLabelTables } from './label-table.ts';
import type { Reporter } from './reporter.ts';

export interface PostprocessPredictionsOptions {
  /** Where dataset.json of the task is found, for the names of labels that are not beside the label maps. */
  roots?: Roots;
  /** A label map (.nii.gz or .nii), or a folder of label maps (.nii.gz). */
  input: string;
  /** The same kind: a file, or a folder for results under the same names. May be the input. */
  output: string;
  /** A postprocessing.json, or v2's postprocessing.pkl, or the folder that contains either, such as that of a model of v1. */
  postprocessing: string;
  /** Label maps processed at the same time. Default: the number of processors, at most 8. */
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNet_apply_postprocessing: removes from label maps what a postprocessing.json says, and writes the names and
 * colours of the labels beside the results if these are known. Returns the paths of the results.
 *
 * @throws NnUNetError 'no-images' for a folder without label maps, 'usage' if a file would become a folder or the other
 * way round; 'cases-failed' at the end, naming the files, after the others are done; the errors of `readPostprocessing`
 */
export async function postprocessPredictions(options: PostprocessPredictionsOptions): Promise<string[]> {
  const { input, output, workers, reporter, signal } = options;
  requireInteger('workers', workers, 1);
  const { postprocessing: given } = options;
  const file = (await isFolder(given)) ? await ruleIn(given) : given;
  const rule = await readPostprocessing(file);
  const known = (...tables: string[]) => knownLabelNames({ tables, postprocessing: file, roots: options.roots });
  reporter.message(`${describeRule(rule)} (rules of nnU-Net v1)`);
  if (await isFolder(input)) {
    const names = await labelFiles(input);
    if (names.length === 0) {
      const remedy = 'Give the output folder of a prediction, with files .nii.gz.';
      throw new NnUNetError('no-images', { what: 'there are no label maps in this folder', where: input, remedy });
    }
    const labelNames = await known(join(input, TABLE));
    const folders = { inputFolder: input, outputFolder: output };
    await applyPostprocessingToFolder({
      ...folders,
      rule,
      workers,
      signal,
      onProgress: ({ done, total }) => reporter.progress({ what: 'postprocessing', done, total }),
    });
    await writeLabelTables(join(output, TABLE), labelNames);
    return names.map((name) => join(output, name));
  }
  if (await isFolder(output)) {
    throw usageError({ what: 'this is a folder, but the input is a file', where: output, remedy: 'Name a file.' });
  }
  const labelNames = await known(stemOf(input), join(dirname(input), TABLE));
  const labels = applyPostprocessing(await readLabels(input), rule);
  await mkdir(dirname(resolve(output)), { recursive: true });
  await writeVolume(output, labels);
  await writeLabelTables(stemOf(output), labelNames, (kept) => reporter.warning(keptTable(kept)));
  return [output];
}

/** v2's name of the file that is postprocessing.json in v1. */
const PICKLE = 'postprocessing.pkl';

/** The file in a folder. @throws NnUNetError 'usage' for a model of v2, which has none */
async function ruleIn(folder: string): Promise<string> {
  const file = [FILE_NAMES.postprocessing, PICKLE].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file !== undefined) return file;
  if (!(await isModelFolderV2(folder))) return join(folder, FILE_NAMES.postprocessing);
  throw usageError({
    what: 'the folder of a model of nnU-Net v2 holds no postprocessing, as one of v1 does',
    where: folder,
    remedy: `Determine it with nnUNetv2_find_best_configuration, which names its ${PICKLE}, and apply that: nnUNetv2_apply_postprocessing -i FOLDER -o FOLDER -pp_pkl_file FILE`,
  });
}
