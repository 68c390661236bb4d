import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { labelFiles } from '@nnunet/metrics/node/internal';
import { NO_POSTPROCESSING, type PostprocessingRule } from '../rule.ts';
import { CasePool, type CasePoolOptions } from './case-pool.ts';

export interface ApplyToFolderOptions extends CasePoolOptions {
  /** Folder of label files, `.nii.gz`. */
  inputFolder: string;
  /** Where the results go, under the same names; may be the input folder. Made where it is missing. */
  outputFolder: string;
  rule: PostprocessingRule;
  /** File names to work on; all of the folder by default. */
  files?: readonly string[];
}

/**
 * Applies a rule to the label files of a folder and returns their names. Geometry is kept; each file is replaced in one
 * step.
 * Origin: v1's connected_components.py apply_postprocessing_to_folder.
 *
 * @throws NnUNetError 'cases-failed' at the end, naming the files that could not be worked on; the others are done
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
