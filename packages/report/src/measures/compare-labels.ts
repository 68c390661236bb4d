import { meanWithoutNaN } from '@nnunet/metrics/internal';
import type { LabelArray, Triple } from '@nnunet/volume';
import { classesByLabel, keyOf, type LabelClass, type LabelKey, labelsOfClass } from '../label-class.ts';

/** A prediction beside its reference, as far as it says what may have gone wrong. */
export interface LabelComparisonResult {
  /** Dice per label or region; NaN if neither contains it. */
  dice: Record<string, number>;
  /** Pairs of labels, or of regions that do not overlap, that match better when they are exchanged, with the mean Dice before and after. */
  swapped: { labels: [LabelKey, LabelKey]; before: number; after: number }[];
  /** How the prediction has to be moved to match its reference; null if that explains nothing. */
  moved: Movement | null;
}

/** Axes to mirror, or voxels to shift by along (z, y, x), with the mean Dice before and after. */
export type Movement = { before: number; after: number } & ({ mirrored: number[] } | { shifted: Triple });

/** Smallest gain in Dice at which labels count as exchanged, or a prediction as moved. */
const GAIN = 0.1;

/** Above this mean Dice, a prediction counts as being in its place. */
const GOOD = 0.8;

/** Below this mean Dice, a moved prediction does not match either. */
const MATCH = 0.5;

/** Outlines differ by a voxel without being shifted. */
const LEAST_SHIFT = 2;

/** Sets of axes that may be mirrored, the simplest first. */
const MIRRORINGS = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

/** Compares a prediction with its reference on the same grid, for the given labels or regions. */
export function compareLabels(
  prediction: LabelArray,
  reference: LabelArray,
  shape: Triple,
  classes: readonly LabelClass[],
): LabelComparisonResult {
  const counts = jointCounts(prediction, reference, classes);
  const dice = Object.fromEntries(classes.map((one, i) => [String(keyOf(one)), diceOf(counts, i, i)]));
  const swapped = swappedLabels(counts, classes);
  const own = meanDice(counts);
  // A movement must explain more than exchanged labels do.
  const explained = Math.max(
    own,
    ...swapped.map(({ labels }) =>
      meanDice(
        counts,
        labels.map((key) => classes.findIndex((one) => keyOf(one) === key)),
      ),
    ),
  );
  return { dice, swapped, moved: explained < GOOD ? movement() : null };

  function movement(): Movement | null {
    let best: Movement | null = null;
    const attempt = (change: { mirrored: number[] } | { shifted: Triple }, sources: readonly Int32Array[]) => {
      const after = meanDice(jointCounts(moveVoxels(prediction, shape, sources), reference, classes));
      if (after < MATCH || after - (best?.after ?? explained) <= (best === null ? GAIN : 0)) return;
      best = { ...change, before: own, after };
    };
    for (const axes of MIRRORINGS) {
      attempt(
        { mirrored: axes },
        shape.map((edge, axis) =>
          Int32Array.from({ length: edge }, (_, i) => (axes.includes(axis) ? edge - 1 - i : i)),
        ),
      );
    }
    const shifted = shiftBetween(prediction, reference, shape, classes.flatMap(labelsOfClass));
    if (shifted?.some((by) => Math.abs(by) >= LEAST_SHIFT)) {
      attempt(
        { shifted },
        shape.map((edge, axis) => Int32Array.from({ length: edge }, (_, i) => i - shifted[axis]!)),
      );
    }
    return best;
  }
}

const NONE: readonly number[] = [];

/** Numbers of voxels: predicted, of the reference, and of both, by index of the classes. */
interface JointCounts {
  predicted: number[];
  reference: number[];
  /** [prediction][reference] */
  both: number[][];
}

function jointCounts(prediction: LabelArray, reference: LabelArray, classes: readonly LabelClass[]): JointCounts {
  const byLabel = classesByLabel(classes);
  const counts: JointCounts = {
    predicted: classes.map(() => 0),
    reference: classes.map(() => 0),
    both: classes.map(() => classes.map(() => 0)),
  };
  for (let i = 0; i < prediction.length; i++) {
    const [a, b] = [prediction[i]!, reference[i]!];
    if (a === 0 && b === 0) continue;
    const predicted = byLabel.get(a) ?? NONE;
    const referred = byLabel.get(b) ?? NONE;
    for (const p of predicted) counts.predicted[p]!++;
    for (const r of referred) counts.reference[r]!++;
    for (const p of predicted) for (const r of referred) counts.both[p]![r]!++;
  }
  return counts;
}

function diceOf({ predicted, reference, both }: JointCounts, p: number, r: number): number {
  const total = predicted[p]! + reference[r]!;
  return total === 0 ? Number.NaN : (2 * both[p]![r]!) / total;
}

/** Mean over the labels that either contains, with two of them exchanged if they are given by their indices. */
function meanDice(counts: JointCounts, [a, b]: readonly number[] = []): number {
  return meanWithoutNaN(counts.both.map((_, i) => diceOf(counts, i, i === a ? b! : i === b ? a! : i)));
}

function swappedLabels(counts: JointCounts, classes: readonly LabelClass[]): LabelComparisonResult['swapped'] {
  const swapped: LabelComparisonResult['swapped'] = [];
  for (const [a, first] of classes.entries()) {
    for (let b = a + 1; b < classes.length; b++) {
      const second = classes[b]!;
      if (labelsOfClass(first).some((label) => labelsOfClass(second).includes(label))) continue;
      const before = (diceOf(counts, a, a) + diceOf(counts, b, b)) / 2;
      const after = (diceOf(counts, a, b) + diceOf(counts, b, a)) / 2;
      if (after - before > GAIN) swapped.push({ labels: [keyOf(first), keyOf(second)], before, after });
    }
  }
  return swapped;
}

/** Voxels along (z, y, x) from the centre of the prediction's labels to that of the reference's; null if either is empty. */
function shiftBetween(
  prediction: LabelArray,
  reference: LabelArray,
  shape: Triple,
  values: readonly number[],
): [number, number, number] | null {
  const [from, to] = [prediction, reference].map((labels) => centreOf(labels, shape, values));
  return from && to ? [Math.round(to[0] - from[0]), Math.round(to[1] - from[1]), Math.round(to[2] - from[2])] : null;
}

function centreOf(
  labels: LabelArray,
  [nz, ny, nx]: Triple,
  values: readonly number[],
): [number, number, number] | null {
  const counted = new Set(values);
  let [count, sumZ, sumY, sumX, i] = [0, 0, 0, 0, 0];
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        if (labels[i] === 0 || !counted.has(labels[i]!)) continue;
        count++;
        sumZ += z;
        sumY += y;
        sumX += x;
      }
    }
  }
  return count === 0 ? null : [sumZ / count, sumY / count, sumX / count];
}

/** Takes each voxel from the given places along (z, y, x); what lies outside is background. */
function moveVoxels(data: LabelArray, [nz, ny, nx]: Triple, [fromZ, fromY, fromX]: readonly Int32Array[]): LabelArray {
  const out = data.slice().fill(0);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, at += nx) {
      const [sz, sy] = [fromZ![z]!, fromY![y]!];
      if (sz < 0 || sz >= nz || sy < 0 || sy >= ny) continue;
      const row = (sz * ny + sy) * nx;
      for (let x = 0; x < nx; x++) {
        const sx = fromX![x]!;
        if (sx >= 0 && sx < nx) out[at + x] = data[row + sx]!;
      }
    }
  }
  return out;
}
