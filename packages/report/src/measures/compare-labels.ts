import { meanWithoutNaN } from '@nnunet/metrics/internal';
import type { LabelArray, Triple } from '@nnunet/volume';

/** A prediction beside its reference, as far as it says what may have gone wrong. */
export interface LabelComparisonResult {
  /** Dice per label; NaN if neither contains it. */
  dice: Record<string, number>;
  /** Pairs of labels that match better when they are exchanged, with the mean Dice before and after. */
  swapped: { labels: [number, number]; before: number; after: number }[];
  /** Axes along which the prediction matches better when it is mirrored; null if it does not. */
  mirrored: { axes: number[]; before: number; after: number } | null;
}

/** Smallest gain in Dice at which labels count as exchanged, or an image as mirrored. */
const GAIN = 0.1;

/** Above this mean Dice, mirrored predictions are not tried. */
const GOOD = 0.8;

/** Sets of axes that may be mirrored, the simplest first. */
const MIRRORINGS = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

/** Compares a prediction with its reference on the same grid, for the given foreground labels. */
export function compareLabels(
  prediction: LabelArray,
  reference: LabelArray,
  shape: Triple,
  values: readonly number[],
): LabelComparisonResult {
  const counts = jointCounts(prediction, reference, values);
  const dice = Object.fromEntries(values.map((value, i) => [String(value), diceOf(counts, i, i)]));
  const own = meanWithoutNaN(Object.values(dice));
  return { dice, swapped: swappedLabels(counts, values), mirrored: own < GOOD ? mirroring(own) : null };

  function mirroring(before: number): LabelComparisonResult['mirrored'] {
    let best: LabelComparisonResult['mirrored'] = null;
    for (const axes of MIRRORINGS) {
      const flipped = jointCounts(mirror(prediction, shape, axes), reference, values);
      const after = meanWithoutNaN(values.map((_, i) => diceOf(flipped, i, i)));
      if (after - (best?.after ?? before) > (best === null ? GAIN : 0)) best = { axes, before, after };
    }
    return best;
  }
}

/** Numbers of voxels: predicted, of the reference, and of both, by index of the labels. */
interface JointCounts {
  predicted: number[];
  reference: number[];
  /** [prediction][reference] */
  both: number[][];
}

function jointCounts(prediction: LabelArray, reference: LabelArray, values: readonly number[]): JointCounts {
  const index = new Map(values.map((value, i) => [value, i]));
  const counts: JointCounts = {
    predicted: values.map(() => 0),
    reference: values.map(() => 0),
    both: values.map(() => values.map(() => 0)),
  };
  for (let i = 0; i < prediction.length; i++) {
    const [a, b] = [prediction[i]!, reference[i]!];
    if (a === 0 && b === 0) continue;
    const p = index.get(a);
    const r = index.get(b);
    if (p !== undefined) counts.predicted[p]!++;
    if (r !== undefined) counts.reference[r]!++;
    if (p !== undefined && r !== undefined) counts.both[p]![r]!++;
  }
  return counts;
}

function diceOf({ predicted, reference, both }: JointCounts, p: number, r: number): number {
  const total = predicted[p]! + reference[r]!;
  return total === 0 ? Number.NaN : (2 * both[p]![r]!) / total;
}

function swappedLabels(counts: JointCounts, values: readonly number[]): LabelComparisonResult['swapped'] {
  const swapped: LabelComparisonResult['swapped'] = [];
  for (let a = 0; a < values.length; a++) {
    for (let b = a + 1; b < values.length; b++) {
      const before = (diceOf(counts, a, a) + diceOf(counts, b, b)) / 2;
      const after = (diceOf(counts, a, b) + diceOf(counts, b, a)) / 2;
      if (after - before > GAIN) swapped.push({ labels: [values[a]!, values[b]!], before, after });
    }
  }
  return swapped;
}

/** Mirrors a label map along axes. */
function mirror(data: LabelArray, [nz, ny, nx]: Triple, axes: readonly number[]): LabelArray {
  const [flipZ, flipY, flipX] = [0, 1, 2].map((axis) => axes.includes(axis));
  const out = data.slice();
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = ((flipZ ? nz - 1 - z : z) * ny + (flipY ? ny - 1 - y : y)) * nx;
      for (let x = 0; x < nx; x++) out[at++] = data[row + (flipX ? nx - 1 - x : x)]!;
    }
  }
  return out;
}
