import { type Components, connectedComponents } from '@nnunet/morphology';
import { componentImage } from '@nnunet/morphology/internal';

type Triple = readonly [number, number, number];

/** A connected component of the reference, of the prediction, or one of each that match. */
export interface Lesion {
  /** Whether it is in both, in the reference only, or in the prediction only. */
  outcome: 'found' | 'missed' | 'false';
  /** Its centre of mass in the reference, else in the prediction: voxel indices (z, y, x). */
  centre: [number, number, number];
  /** Volume in the reference, in ml; 0 if it is not there. */
  referenceVolume: number;
  /** Volume in the prediction, in ml; 0 if it is not there. */
  testVolume: number;
  /** Overlap of the pair; 0 without one. */
  dice: number;
  iou: number;
}

export interface LesionMasks {
  test: Uint8Array;
  reference: Uint8Array;
  /** (z, y, x) */
  shape: Triple;
  /** Index of the masks' first voxel in the image, (z, y, x). */
  corner: Triple;
}

/**
 * Finds the connected components of two masks (neighbours share a face, an edge or a corner) and matches them one to one:
 * of all pairs that overlap with at least the given IoU, the one with the highest IoU first. Those of the reference come
 * first, then those of the prediction alone, each in the order of their first voxels.
 *
 * @param options.iou lowest intersection over union of a match; 0 if one voxel in common suffices
 */
export function matchLesions(
  { test, reference, shape, corner }: LesionMasks,
  { spacing, iou }: { spacing: Triple; iou: number },
): Lesion[] {
  const [a, b] = [reference, test].map((mask) => connectedComponents(mask, shape, { diagonal: true })) as [
    Components,
    Components,
  ];
  const testOf = new Map<number, Pair>();
  const taken = new Set<number>();
  for (const pair of overlaps(a, b, reference.length)) {
    if (pair.iou < iou || testOf.has(pair.reference) || taken.has(pair.test)) continue;
    testOf.set(pair.reference, pair);
    taken.add(pair.test);
  }
  const millilitres = (spacing[0] * spacing[1] * spacing[2]) / 1000;
  const [centresA, centresB] = [a, b].map((components) => centresOf(components, shape, corner));
  const lesions: Lesion[] = [];
  for (let k = 1; k <= a.count; k++) {
    const pair = testOf.get(k);
    lesions.push({
      outcome: pair === undefined ? 'missed' : 'found',
      centre: centresA![k]!,
      referenceVolume: a.sizes[k]! * millilitres,
      testVolume: pair === undefined ? 0 : b.sizes[pair.test]! * millilitres,
      dice: pair?.dice ?? 0,
      iou: pair?.iou ?? 0,
    });
  }
  for (let k = 1; k <= b.count; k++) {
    if (taken.has(k)) continue;
    const testVolume = b.sizes[k]! * millilitres;
    lesions.push({ outcome: 'false', centre: centresB![k]!, referenceVolume: 0, testVolume, dice: 0, iou: 0 });
  }
  return lesions;
}

/** Two components that overlap, by number. */
interface Pair {
  reference: number;
  test: number;
  iou: number;
  dice: number;
}

/** Returns all overlapping pairs, those with the highest IoU first. */
function overlaps(reference: Components, test: Components, voxels: number): Pair[] {
  const image = componentImage(reference, voxels);
  const shared = new Map<number, number>();
  for (let run = 0; run < test.runs.count; run++) {
    const first = test.runComponents[run]! * (reference.count + 1);
    for (let i = test.runs.starts[run]!; i < test.runs.ends[run]!; i++) {
      if (image[i] !== 0) shared.set(first + image[i]!, (shared.get(first + image[i]!) ?? 0) + 1);
    }
  }
  const pairs = [...shared].map(([key, both]): Pair => {
    const pair = { test: Math.floor(key / (reference.count + 1)), reference: key % (reference.count + 1) };
    const sizes = reference.sizes[pair.reference]! + test.sizes[pair.test]!;
    return { ...pair, iou: both / (sizes - both), dice: (2 * both) / sizes };
  });
  return pairs.sort((p, q) => q.iou - p.iou || p.reference - q.reference || p.test - q.test);
}

/** Centre of mass of each component in voxels of the image; index 0 is unused. */
function centresOf({ count, sizes, runs, runComponents }: Components, [, ny, nx]: Triple, corner: Triple) {
  const sums = Array.from({ length: count + 1 }, (): [number, number, number] => [0, 0, 0]);
  for (let run = 0; run < runs.count; run++) {
    const [start, end] = [runs.starts[run]!, runs.ends[run]!];
    const row = Math.floor(start / nx);
    const sum = sums[runComponents[run]!]!;
    const length = end - start;
    sum[0] += Math.floor(row / ny) * length;
    sum[1] += (row % ny) * length;
    sum[2] += ((start + end - 1) / 2 - row * nx) * length;
  }
  return sums.map((sum, k) => sum.map((value, axis) => corner[axis]! + value / sizes[k]!) as [number, number, number]);
}

const counted = (lesions: readonly Lesion[], outcome: Lesion['outcome']) =>
  lesions.filter((lesion) => lesion.outcome === outcome).length;

/** Scores of the lesions of a label, by name; NaN if the denominator is zero. */
export const lesionMetrics = {
  'Lesions Found': (lesions) => counted(lesions, 'found'),
  'Lesions Missed': (lesions) => counted(lesions, 'missed'),
  'Lesions False': (lesions) => counted(lesions, 'false'),
  'Lesion Recall': (lesions) => counted(lesions, 'found') / lesions.filter(({ outcome }) => outcome !== 'false').length,
  'Lesion Precision': (lesions) =>
    counted(lesions, 'found') / lesions.filter(({ outcome }) => outcome !== 'missed').length,
  'Lesion F1': (lesions) => (2 * counted(lesions, 'found')) / (lesions.length + counted(lesions, 'found')),
  'Lesion Dice': (lesions) => lesions.reduce((sum, { dice }) => sum + dice, 0) / counted(lesions, 'found'),
} satisfies Record<string, (lesions: readonly Lesion[]) => number>;

export type LesionMetric = keyof typeof lesionMetrics;
