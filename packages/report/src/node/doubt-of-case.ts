import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { readCaseProperties } from '@nnunet/store';
import { readNpzFile } from '@nnunet/tensor/node';
import type { ImageFormats, Triple } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { type DoubtMap, entropyMap, voteMap } from '../measures/disagreement.ts';

/** Files from which the doubt about a prediction is known. */
export interface DoubtFiles {
  kind: 'folds' | 'probabilities';
  /** Label maps of the case by single folds, at least two; or `<case>.npz` alone, which is next to `<case>.json`. */
  files: readonly [string, ...string[]];
  /** Whether the probabilities are those of regions. */
  areRegions: boolean;
}

/**
 * Finds the predictions of single folds (`fold_0/<case>.nii.gz`, …), or else the probabilities, in a folder; null if
 * there are neither.
 *
 * @param task `ending`: of label maps, with the dot; `areRegions`: whether it is judged by regions
 */
export function doubtFiles(
  folder: string,
  foldFolders: readonly string[],
  { id, ending, areRegions }: { id: string; ending: string; areRegions: boolean },
): DoubtFiles | null {
  const [first, ...others] = foldFolders
    .map((name) => join(folder, name, id + ending))
    .filter((file) => existsSync(file));
  if (first !== undefined && others.length > 0) return { kind: 'folds', files: [first, ...others], areRegions };
  const probabilities = join(folder, `${id}.npz`);
  return existsSync(probabilities) ? { kind: 'probabilities', files: [probabilities], areRegions } : null;
}

/**
 * Maps the doubt about a prediction on the grid of its label map.
 *
 * @throws NnUNetError 'shape-mismatch', 'bad-softmax', and any error from reading
 */
export async function doubtOfCase(
  { kind, files, areRegions }: DoubtFiles,
  shape: Triple,
  formats?: ImageFormats,
): Promise<DoubtMap> {
  if (kind === 'folds') {
    const maps = await Promise.all(files.map(async (file) => ({ file, ...(await readLabels(file, formats)) })));
    for (const { file, shape: own } of maps) if (own.join() !== shape.join()) throw otherShape(file, own, shape);
    return voteMap(maps.map(({ data }) => data));
  }
  const [file] = files;
  const arrays = await readNpzFile(file);
  // v1 stores them for the box that it has cropped to, v2 for the whole image.
  const stored = arrays.get('softmax') ?? arrays.get('probabilities');
  if (stored?.shape.length !== 4) {
    throw new NnUNetError('bad-softmax', {
      what: 'contains no probabilities (classes, z, y, x)',
      where: file,
      remedy: 'Predict again, with probabilities: nnUNet_predict -z, or nnUNetv2_predict --save_probabilities.',
    });
  }
  const [channels, ...box] = stored.shape as [number, number, number, number];
  const mapAt = (low: Triple) =>
    entropyMap(stored.data as ArrayLike<number>, [channels, ...box], { low, shape, areRegions });
  if (box.join() === shape.join()) return mapAt([0, 0, 0]);
  if (!arrays.has('softmax')) throw otherShape(file, box, shape);
  const { crop_bbox: crop } = await readCaseProperties(file.replace(/npz$/, 'json'));
  if (crop.some(([low, high], axis) => high - low !== box[axis])) throw otherShape(file, box, shape);
  return mapAt(crop.map(([low]) => low) as [number, number, number]);
}

function otherShape(where: string, found: readonly number[], expected: readonly number[]): NnUNetError {
  return new NnUNetError('shape-mismatch', {
    what: `has ${found.join(' x ')} voxels, which do not fit the prediction's ${expected.join(' x ')}`,
    where,
    remedy: 'Predict the case again.',
  });
}
