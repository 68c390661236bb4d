import type { Triple } from '@nnunet/volume';

/** Where the folds of a model, or its probabilities, leave doubt. */
export interface DoubtMap {
  /** 0 (no doubt) to 1, on the grid of the image. */
  map: Float32Array;
  /** Mean over the voxels that may be foreground; null if there are none. */
  mean: number | null;
}

/** Probability of foreground from which a voxel may belong to it. */
const LIKELY = 0.1;

/** How the probabilities of a voxel are read: by their entropy from 0 to 1, and by that of foreground. */
interface VoxelProbabilities {
  entropy(probabilities: Float64Array): number;
  foreground(probabilities: Float64Array): number;
}

/** One label each: the probabilities add up to one, the first is that of background. */
const ofLabels: VoxelProbabilities = {
  entropy(probabilities) {
    let sum = 0;
    for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
    return sum / Math.log(probabilities.length);
  },
  foreground: ([background]) => 1 - background!,
};

/** Any number of regions each: every probability stands for itself. */
const ofRegions: VoxelProbabilities = {
  entropy(probabilities) {
    let sum = 0;
    for (const p of probabilities) if (p > 0 && p < 1) sum -= p * Math.log2(p) + (1 - p) * Math.log2(1 - p);
    return sum / probabilities.length;
  },
  foreground: (probabilities) => probabilities.reduce((most, p) => Math.max(most, p), 0),
};

/**
 * Entropy of a model's probabilities (the mean over its folds), divided by that of equal probabilities; of regions, the
 * mean of theirs. It counts both what the folds disagree about and what each of them is not sure of.
 *
 * @param probabilities (classes or regions, z, y, x) of a box of the image
 * @param place `low`: first voxel of the box in the image of this `shape`, (z, y, x)
 */
export function entropyMap(
  probabilities: ArrayLike<number>,
  [channels, ...box]: readonly [number, number, number, number],
  { low, shape, areRegions }: { low: Triple; shape: Triple; areRegions: boolean },
): DoubtMap {
  const rules = areRegions ? ofRegions : ofLabels;
  const voxel = new Float64Array(channels);
  const voxels = box[0] * box[1] * box[2];
  const map = new Float32Array(shape[0] * shape[1] * shape[2]);
  let [sum, count, i] = [0, 0, 0];
  for (let z = 0; z < box[0]; z++) {
    for (let y = 0; y < box[1]; y++) {
      const row = ((z + low[0]) * shape[1] + y + low[1]) * shape[2] + low[2];
      for (let x = 0; x < box[2]; x++, i++) {
        for (let c = 0; c < channels; c++) voxel[c] = probabilities[c * voxels + i]!;
        const value = rules.entropy(voxel);
        map[row + x] = value;
        if (rules.foreground(voxel) < LIKELY) continue;
        sum += value;
        count++;
      }
    }
  }
  return { map, mean: count === 0 ? null : sum / count };
}

/**
 * Share of the pairs of folds that give a voxel different labels.
 *
 * @param folds at least two label maps on the same grid
 */
export function voteMap(folds: readonly ArrayLike<number>[]): DoubtMap {
  const voxels = folds[0]!.length;
  const map = new Float32Array(voxels);
  const pairs = (folds.length * (folds.length - 1)) / 2;
  let [sum, count] = [0, 0];
  for (let i = 0; i < voxels; i++) {
    let different = 0;
    let foreground = false;
    for (let a = 0; a < folds.length; a++) {
      const label = folds[a]![i]!;
      if (label !== 0) foreground = true;
      for (let b = a + 1; b < folds.length; b++) if (folds[b]![i]! !== label) different++;
    }
    map[i] = different / pairs;
    if (!foreground) continue;
    sum += map[i]!;
    count++;
  }
  return { map, mean: count === 0 ? null : sum / count };
}
