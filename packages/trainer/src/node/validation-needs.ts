import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { CaseProperties } from '@nnunet/schema';
import { FILE_NAMES, stageFolderName } from '@nnunet/schema/internal';
import { openPreparedCase } from '@nnunet/store';
import { readGeometry } from '@nnunet/volume/node';
import type { Trainer } from '../trainer.ts';
import type { FoldTask } from './fold-task.ts';
import { caseName } from './validation-case.ts';

interface ValidationNeeds extends Pick<FoldTask, 'preprocessedFolder' | 'fold'> {
  /** Whether the validation cases are scored after the training, and whether 3d_lowres predicts them for the cascade. */
  evaluate?: boolean;
  predictNextStage?: boolean;
}

/**
 * Checks before a training what its validation will need: the references, and the cases of the cascade that determine
 * the size of the 3d_lowres predictions.
 *
 * @throws NnUNetError 'missing-references' naming all cases without one, 'bad-references', and any error from reading
 */
export async function requireValidation(
  { preprocessedFolder, fold, evaluate, predictNextStage }: ValidationNeeds,
  trainer: Trainer,
  caseIds: readonly string[],
): Promise<void> {
  const folderOf = (stage: number) => join(preprocessedFolder, stageFolderName(trainer.plans.data_identifier, stage));
  if (evaluate) {
    const cases = await propertiesOfCases(folderOf(trainer.stage), caseIds);
    await requireReferences(referencesOf(preprocessedFolder, cases));
  }
  if (predictNextStage && trainer.configuration === '3d_lowres' && fold !== 'all') {
    await propertiesOfCases(folderOf(trainer.stage + 1), caseIds);
  }
}

export async function propertiesOfCases(
  folder: string,
  caseIds: readonly string[],
): Promise<Map<string, CaseProperties>> {
  const found = new Map<string, CaseProperties>();
  for (const id of caseIds) {
    const prepared = await openPreparedCase(folder, id);
    found.set(id, prepared.properties);
    await prepared.close();
  }
  return found;
}

/** The references of v1's cases. */
export function referencesOf(preprocessedFolder: string, cases: ReadonlyMap<string, CaseProperties>): Reference[] {
  return [...cases].map(([id, properties]) => ({
    id,
    file: join(preprocessedFolder, FILE_NAMES.groundTruth, `${caseName(id, properties)}.nii.gz`),
    shape: properties.original_size_of_raw_data,
  }));
}

/** The reference segmentation of a case. */
export interface Reference {
  id: string;
  file: string;
  /** Voxels that it must have, (z, y, x). */
  shape: readonly number[];
}

/**
 * @param shapeOf reads the size of a file. Default: as it is stored
 * @throws NnUNetError 'missing-references' naming all cases without one; 'bad-references' for one of another size
 */
export async function requireReferences(
  references: readonly Reference[],
  shapeOf = async (file: string): Promise<readonly number[]> => (await readGeometry(file)).shape,
): Promise<void> {
  const missing = references.filter(({ file }) => !existsSync(file));
  if (missing.length > 0) {
    throw new NnUNetError('missing-references', {
      what: `the reference segmentations of ${missing.length} of ${references.length} validation cases are missing: ${listed(
        missing.map(({ id }) => id),
        5,
      )}`,
      where: dirname(missing[0]!.file),
      remedy: 'Preprocess the task again: it copies the references. Or train with `evaluate: false`.',
    });
  }
  for (const { file, shape: expected } of references) {
    const shape = await shapeOf(file);
    if (shape.join() === expected.join()) continue;
    throw new NnUNetError('bad-references', {
      what: `has ${shape.join(' x ')} voxels, but the image of this validation case has ${expected.join(' x ')}`,
      where: file,
      remedy: 'Preprocess the task again, which copies the references.',
    });
  }
}
