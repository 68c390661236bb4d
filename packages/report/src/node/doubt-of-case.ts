import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { readCaseProperties } from '@nnunet/store';
import { readNpzFile } from '@nnunet/tensor/node';
import type { Triple } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { type DoubtMap, entropyMap, voteMap } from '../disagreement.ts';

/** Files from which the doubt about a prediction is known. */
export interface DoubtFiles {
  /** Label maps of the case by single folds; at least two, or none. */
  folds: readonly string[];
  /** Path of `<case>.npz` with the probabilities, next to `<case>.json`; null if they were not stored. */
  softmax: string | null;
}

/** The files that {@link doubtOfCase} reads. */
export function filesOfDoubt(doubt: DoubtFiles | null): readonly (string | null)[] {
  if (doubt === null) return [];
  return doubt.folds.length > 0 ? doubt.folds : [doubt.softmax];
}

/** Finds the predictions of single folds (`fold_0/<case>.nii.gz`, …), or else the probabilities, in a folder. */
export function doubtFiles(folder: string, foldFolders: readonly string[], id: string): DoubtFiles {
  const folds = foldFolders.map((name) => join(folder, name, `${id}.nii.gz`)).filter((file) => existsSync(file));
  const softmax = join(folder, `${id}.npz`);
  return { folds: folds.length >= 2 ? folds : [], softmax: existsSync(softmax) ? softmax : null };
}

/**
 * Maps the doubt about a prediction on the grid of its label map; null if nothing is known of it.
 *
 * @throws NnUNetError 'shape-mismatch', 'bad-softmax', and any error from reading
 */
export async function doubtOfCase({ folds, softmax }: DoubtFiles, shape: Triple): Promise<DoubtMap | null> {
  if (folds.length > 0) {
    const maps = await Promise.all(folds.map(async (file) => ({ file, ...(await readLabels(file)) })));
    for (const { file, shape: own } of maps) if (own.join() !== shape.join()) throw otherShape(file, own, shape);
    return voteMap(maps.map(({ data }) => data));
  }
  if (softmax === null) return null;
  const stored = (await readNpzFile(softmax)).get('softmax');
  if (stored?.shape.length !== 4) {
    throw new NnUNetError('bad-softmax', {
      what: 'contains no probabilities (classes, z, y, x)',
      where: softmax,
      remedy: 'Predict again: nnUNet_predict `saveSoftmax`.',
    });
  }
  const [classes, ...box] = stored.shape as [number, number, number, number];
  const data = stored.data as ArrayLike<number>;
  if (box.join() === shape.join()) return entropyMap(data, [classes, ...box], [0, 0, 0], shape);
  const { crop_bbox: crop } = await readCaseProperties(softmax.replace(/npz$/, 'json'));
  if (crop.some(([low, high], axis) => high - low !== box[axis])) throw otherShape(softmax, box, shape);
  return entropyMap(data, [classes, ...box], crop.map(([low]) => low) as [number, number, number], shape);
}

function otherShape(where: string, found: readonly number[], expected: readonly number[]): NnUNetError {
  return new NnUNetError('shape-mismatch', {
    what: `has ${found.join(' x ')} voxels, which do not fit the prediction's ${expected.join(' x ')}`,
    where,
    remedy: 'Predict the case again.',
  });
}
