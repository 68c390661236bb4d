import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { ResampledPlanes } from '@nnunet/resample/internal';
import { decidesByTiles, TILE_PLANES, tileBytes } from './decide-by-tiles.ts';
import { keepsShape, resampleOptions, type SoftmaxResampling } from './softmax.ts';

/** How much is worked on at once. */
export interface SlabPlan {
  /** Output planes whose best probabilities and labels are held. */
  readonly planes: number;
  /** Bytes of spline coefficients held. */
  readonly coefficientBytes: number;
  /** Bytes that the whole call allocates at most, about. */
  readonly bytes: number;
}

export interface SlabRequest {
  /** (classes, z, y, x) */
  softmaxShape: readonly number[];
  resampling: SoftmaxResampling;
  /** Bytes of the result. */
  resultBytes: number;
  /** Bytes held for each voxel of a slab. */
  voxelBytes: number;
  /** Labels are decided, in tiles where that pays. */
  decides: boolean;
  /** Bytes that may be allocated, the result included; the probabilities given do not count. */
  maxMemory: number | undefined;
}

/** A slab that stays near the processor; and one of splines, which filter 64 planes beyond each slab. */
const SLAB_BYTES = 64 * 2 ** 20;
const SPLINE_SLAB_BYTES = 512 * 2 ** 20;
/** Coefficients that stay near the processor too: more of them take as long, and memory. */
const COEFFICIENT_BYTES = 32 * 2 ** 20;

/**
 * Chooses how many planes are decided at once, so that the buffers, the slab and the result stay within `maxMemory`.
 *
 * @throws NnUNetError 'memory-limit' when not even one plane fits; tells how much would
 */
export function planSlabs(request: SlabRequest): SlabPlan {
  const { softmaxShape, resampling, resultBytes, voxelBytes, decides, maxMemory = Number.POSITIVE_INFINITY } = request;
  const options = resampleOptions(softmaxShape, resampling);
  const [planes, rows, columns] = resampling.newShape;
  const perPlane = voxelBytes * rows * columns;
  const inPasses = ResampledPlanes.possible(options);
  const splines = !keepsShape(options) && (options.order === 3 || options.orderZ === 3);
  const inTiles = decides && decidesByTiles(options);
  const buffers = (coefficientBytes: number) => {
    if (keepsShape(options)) return 0;
    if (inTiles) return tileBytes(options);
    return inPasses ? ResampledPlanes.bytes(options, coefficientBytes) : twoPassBytes(softmaxShape, resampling);
  };
  // a class that is resampled at once is made once only if all planes are decided together
  const leastPlanes = inPasses ? 1 : planes;
  const least = resultBytes + buffers(0) + leastPlanes * perPlane;
  requireMemory(least, maxMemory);
  let coefficientBytes = splines ? COEFFICIENT_BYTES : 0;
  while (coefficientBytes > 0 && resultBytes + buffers(coefficientBytes) + leastPlanes * perPlane > maxMemory) {
    coefficientBytes = coefficientBytes < 2 ** 20 ? 0 : Math.floor(coefficientBytes / 2);
  }
  const fixed = resultBytes + buffers(coefficientBytes);
  const slabBytes = splines ? SPLINE_SLAB_BYTES : SLAB_BYTES;
  const wanted = inTiles ? TILE_PLANES : Math.max(8, Math.floor(slabBytes / Math.max(1, perPlane)));
  const fits = perPlane === 0 ? planes : Math.floor((maxMemory - fixed) / perPlane);
  const slab = Math.max(leastPlanes, Math.min(planes, wanted, fits));
  return { planes: slab, coefficientBytes, bytes: fixed + slab * perPlane };
}

/** The resampled class, its slices, and what each of the two passes holds. */
function twoPassBytes(softmaxShape: readonly number[], { newShape, order, orderZ, separateAxis }: SoftmaxResampling) {
  const shape = softmaxShape.slice(1);
  const middle = newShape.map((n, axis) => (axis === separateAxis ? shape[axis]! : n));
  const voxels = (of: readonly number[]) => of.reduce((a, b) => a * b, 1);
  const first = ResampledPlanes.bytes({ shape, newShape: middle, order, separateAxis });
  const second = ResampledPlanes.bytes({ shape: middle, newShape, order: orderZ });
  return 4 * (voxels(middle) + voxels(newShape)) + first + second;
}

/** @throws NnUNetError 'memory-limit' when `bytes` are more than `maxMemory` */
export function requireMemory(bytes: number, maxMemory: number | undefined): void {
  if (maxMemory !== undefined && bytes > maxMemory) throw tooLittle(bytes, maxMemory);
}

function tooLittle(least: number, allowed: number): NnUNetError {
  // small limits to the byte: who sets them must know what is enough
  const inWords = (bytes: number) => (bytes < 2 ** 24 ? `${Math.ceil(bytes)} bytes` : bytesInWords(bytes));
  return new NnUNetError('memory-limit', {
    what: `bringing the prediction back to the image takes at least ${inWords(least)}, ${inWords(allowed)} are allowed`,
    remedy: 'Allow more memory, or run it on a machine that has more.',
  });
}
