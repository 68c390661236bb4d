import { NnUNetError } from '@nnunet/errors';
import { roundHalfEven } from '@nnunet/tensor/internal';
import { type SamplingRecipe, weightedIndex, weightsOf } from './sampling-weights.ts';

/** Random choices that determine the position of a patch; all are uniform. */
export interface PositionDraws {
  /** Returns an integer in [low, high], both ends included. */
  between(low: number, high: number): number;
  /** Returns an index in [0, n). */
  index(n: number): number;
  /** Returns a number in [0, 1). */
  share(): number;
}

export interface PatchPosition {
  /** Shape of the whole case, voxels (z, y, x). */
  shape: readonly number[];
  /** Size of the loader patch: 3 values, or 2 (y, x) for slices. */
  loaderPatchSize: readonly number[];
  /** Size of the patch that the network sees. */
  patchSize: readonly number[];
}

/**
 * Stored voxels per class: three consecutive indices (z, y, x) per voxel. The key is a label, or several labels joined
 * by commas: those of a region, or all that are annotated.
 */
export type LocationsByClass = ReadonlyMap<number | string, Int32Array>;

/**
 * Whether sample `index` of a batch must contain foreground: about the last third (v1: dataset_loading.py,
 * get_do_oversample).
 */
export function isForcedSample(index: number, batchSize: number, oversampleForeground = 0.33): boolean {
  return index >= roundHalfEven(batchSize * (1 - oversampleForeground));
}

/**
 * Returns the first and last start of the box per cropped axis, both included. Starts may be negative; the box then
 * extends beyond the image and is padded (v1: dataset_loading.py).
 */
export function startBounds({ shape, loaderPatchSize, patchSize }: PatchPosition): {
  lower: number[];
  upper: number[];
} {
  const axes = patchedAxes(shape, loaderPatchSize);
  const lower: number[] = [];
  const upper: number[] = [];
  for (let d = 0; d < loaderPatchSize.length; d++) {
    const size = axes[d]!;
    const patch = loaderPatchSize[d]!;
    let pad = patch - patchSize[d]!;
    if (pad + size < patch) pad = patch - size;
    lower.push(0 - Math.ceil(pad / 2));
    upper.push(size + Math.floor(pad / 2) + (pad % 2) - patch);
  }
  return { lower, upper };
}

/**
 * Draws the start of a box anywhere in the case. In 2D the first value is the slice. The draws follow v1's order: the
 * slice, then one per axis.
 */
export function freeStart(position: PatchPosition, draws: PositionDraws): number[] {
  const { lower, upper } = startBounds(position);
  const slice = position.loaderPatchSize.length === 2 ? [draws.index(position.shape[0]!)] : [];
  return [...slice, ...lower.map((low, d) => draws.between(low, upper[d]!))];
}

/** Where patches are centred, beside foreground voxels of any class. */
export interface PatchCentres {
  /**
   * If only some voxels are annotated: the key of their locations. Samples that need not contain foreground are then
   * centred on one of them (nnU-Net v2).
   */
  annotated?: string | null;
  /**
   * How slices that contain a class are drawn, in 2D: all of them 'alike' (v1), or by the number of their 'voxels'
   * (nnU-Net v2). Default: 'alike'.
   */
  slices?: 'alike' | 'voxels';
}

/** How a box around a voxel is drawn. */
export interface VoxelChoice extends PatchCentres {
  /** By class. Default: all alike. */
  classWeights?: SamplingRecipe['classWeights'];
}

/**
 * Draws the start of a box around a random foreground voxel: first the class or region, then (in 2D) a slice with stored
 * voxels of the class, then the voxel. There is no upper bound, so the box may extend beyond the end. A case without
 * foreground is sampled as {@link unforcedStart} does.
 */
export function forcedStart(
  position: PatchPosition,
  locations: LocationsByClass,
  draws: PositionDraws,
  choice: VoxelChoice = {},
): number[] {
  const { annotated, slices, classWeights } = choice;
  const present = [...locations.keys()].filter((key) => locations.get(key)!.length > 0);
  const classes: (number | string)[] = [
    ...present.filter((key) => typeof key === 'number' && key > 0).sort((a, b) => Number(a) - Number(b)),
    ...present.filter((key) => typeof key === 'string' && key !== annotated),
  ];
  const chances = weightsOf(classWeights, classes);
  if (classes.length === 0 || chances?.every((weight) => weight === 0))
    return unforcedStart(position, locations, draws, choice);
  const drawn = chances === undefined ? draws.index(classes.length) : weightedIndex(draws.share(), chances);
  return startAround(position, locations.get(classes[drawn]!)!, draws, slices);
}

/** Draws the start of a box around a random annotated voxel, if only some are annotated, and anywhere otherwise. */
export function unforcedStart(
  position: PatchPosition,
  locations: LocationsByClass,
  draws: PositionDraws,
  { annotated, slices }: VoxelChoice = {},
): number[] {
  const voxels = annotated == null ? undefined : locations.get(annotated);
  return voxels === undefined || voxels.length === 0
    ? freeStart(position, draws)
    : startAround(position, voxels, draws, slices);
}

function startAround(
  position: PatchPosition,
  voxels: Int32Array,
  draws: PositionDraws,
  slicesDrawn: VoxelChoice['slices'],
): number[] {
  const { lower } = startBounds(position);
  const centred = (voxel: number, offset: number) =>
    lower.map((low, d) =>
      Math.max(low, voxels[3 * voxel + offset + d]! - Math.floor(position.loaderPatchSize[d]! / 2)),
    );
  if (position.loaderPatchSize.length === 3) return centred(draws.index(voxels.length / 3), 0);
  if (slicesDrawn === 'voxels') {
    const voxel = draws.index(voxels.length / 3);
    return [voxels[3 * voxel]!, ...centred(voxel, 1)];
  }
  const slices = slicesOf(voxels);
  const slice = slices[draws.index(slices.length)]!;
  let count = 0;
  for (let i = 0; i < voxels.length; i += 3) if (voxels[i] === slice) count++;
  let skip = draws.index(count);
  for (let i = 0; i < voxels.length; i += 3) {
    if (voxels[i] === slice && skip-- === 0) return [slice, ...centred(i / 3, 1)];
  }
  throw new NnUNetError('bad-draw', { what: `no voxel of slice ${slice} was drawn out of ${count}` });
}

/** Returns the slices that contain stored voxels, ascending. */
function slicesOf(voxels: Int32Array): number[] {
  const slices = new Set<number>();
  for (let i = 0; i < voxels.length; i += 3) slices.add(voxels[i]!);
  return [...slices].sort((a, b) => a - b);
}

/** Sizes of the cropped axes: all three, or (y, x) of a slice. */
function patchedAxes(shape: readonly number[], loaderPatchSize: readonly number[]): readonly number[] {
  return loaderPatchSize.length === 2 ? shape.slice(1) : shape;
}
