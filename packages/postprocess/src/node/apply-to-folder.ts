import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { labelFiles } from '@nnunet/metrics/node/internal';
import { NO_POSTPROCESSING, type PostprocessingRule } from '../rule.ts';
import { CasePool, type CasePoolOptions } from './case-pool.ts';

export interface ApplyToFolderOptions extends CasePoolOptions {
  /** Folder of label files, `.nii.gz`. */
  inputFolder: string;
  /** Folder for the results, under the same names; may be the input folder. Created if missing. */
  outputFolder: string;
  rule: PostprocessingRule;
  /** File names to process. Default: all in the folder. */
  files?: readonly string[];
}

/**
 * Applies a rule to the label files of a folder and returns their names. Keeps the geometry; replaces each file in one
 * step.
 * Origin: v1's connected_components.py apply_postprocessing_to_folder.
 *
 * @throws NnUNetError 'cases-failed' at the end, naming the files that could not be processed; the others are done
 */
export async function applyPostprocessingToFolder(options: ApplyToFolderOptions): Promise<string[]> {
  const { inputFolder, outputFolder, rule } = options;
  const names = [...(options.files ?? (await labelFiles(inputFolder)))];
  await mkdir(outputFolder, { recursive: true });
  const pool = new CasePool(options);
  try {
    await pool.run(
      names.map((name) => ({
        input: join(inputFolder, name),
        before: NO_POSTPROCESSING,
        after: rule,
        output: join(outputFolder, name),
        reference: null,
        labels: [],
      })),
    );
  } finally {
    await pool.close();
  }
  return names;
}
