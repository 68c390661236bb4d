import { NnUNetError } from '@nnunet/errors';
import { roundHalfEven } from '@nnunet/tensor/internal';

/** The random choices that the position of a patch needs. Both are uniform. */
export interface PositionDraws {
  /** Integer in [low, high], both ends included. */
  between(low: number, high: number): number;
  /** Index in [0, n). */
  index(n: number): number;
}

export interface PatchPosition {
  /** Voxels of the whole case, (z, y, x). */
  shape: readonly number[];
  /** What the loader cuts: 3 entries, or 2 (y, x) for slices. */
  loaderPatchSize: readonly number[];
  /** What the network sees. */
  patchSize: readonly number[];
}

/** Stored voxels per class: three indices (z, y, x) each, one voxel after the other. */
export type LocationsByClass = ReadonlyMap<number, Int32Array>;

/**
 * Whether sample `index` of a batch must show foreground: the last third or so
 * (v1: dataset_loading.py, get_do_oversample).
 */
export function isForcedSample(index: number, batchSize: number, oversampleForeground = 0.33): boolean {
  return index >= roundHalfEven(batchSize * (1 - oversampleForeground));
}

/**
 * First and last start of the box per patched axis, both included. Starts may be negative: the box then runs past the
 * image and is padded (v1: dataset_loading.py).
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
 * Start of a box anywhere in the case. In 2D the first entry is the slice; the draws come in v1's order: slice, then one
 * per axis.
 */
export function freeStart(position: PatchPosition, draws: PositionDraws): number[] {
  const { lower, upper } = startBounds(position);
  const slice = position.loaderPatchSize.length === 2 ? [draws.index(position.shape[0]!)] : [];
  return [...slice, ...lower.map((low, d) => draws.between(low, upper[d]!))];
}

/**
 * Start of a box around a random foreground voxel: class, then (in 2D a slice among those with stored voxels of the class,
 * then) voxel. There is no upper bound: the box may run past the end. A case without foreground is sampled freely.
 */
export function forcedStart(position: PatchPosition, locations: LocationsByClass, draws: PositionDraws): number[] {
  const classes = [...locations.keys()].filter((c) => c > 0 && locations.get(c)!.length > 0).sort((a, b) => a - b);
  if (classes.length === 0) return freeStart(position, draws);
  const voxels = locations.get(classes[draws.index(classes.length)]!)!;
  const { lower } = startBounds(position);
  const centred = (voxel: number, offset: number) =>
    lower.map((low, d) =>
      Math.max(low, voxels[3 * voxel + offset + d]! - Math.floor(position.loaderPatchSize[d]! / 2)),
    );
  if (position.loaderPatchSize.length === 3) return centred(draws.index(voxels.length / 3), 0);
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

/** The slices with a stored voxel, ascending. */
function slicesOf(voxels: Int32Array): number[] {
  const slices = new Set<number>();
  for (let i = 0; i < voxels.length; i += 3) slices.add(voxels[i]!);
  return [...slices].sort((a, b) => a - b);
}

/** Sizes of the axes that are cut: all three, or (y, x) of a slice. */
function patchedAxes(shape: readonly number[], loaderPatchSize: readonly number[]): readonly number[] {
  return loaderPatchSize.length === 2 ? shape.slice(1) : shape;
}
