import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { ResampledPlanes } from '@nnunet/resample/internal';
import { TILE_PLANES, tileBytes, tilesPay } from './decide-by-tiles.ts';
import { keepsShape, resampleOptions, type SoftmaxResampling } from './softmax.ts';

/** How much is processed at a time. */
export interface SlabPlan {
  /** Number of output planes whose best probabilities and labels are held. */
  readonly planes: number;
  /** Bytes of spline coefficients held at a time. */
  readonly coefficientBytes: number;
  /** Approximate peak allocation of the whole call, in bytes. */
  readonly bytes: number;
}

export interface SlabRequest {
  /** (classes, z, y, x) */
  softmaxShape: readonly number[];
  resampling: SoftmaxResampling;
  /** Bytes of the result. */
  resultBytes: number;
  /** Bytes held per voxel of a slab. */
  voxelBytes: number;
  /** Whether labels are decided (by tiles where that is worthwhile). */
  decides: boolean;
  /** Bytes that may be allocated, including the result but not the given probabilities. */
  maxMemory: number | undefined;
}

/** Cache-friendly slab size; larger for splines, which filter 64 additional planes per slab. */
const SLAB_BYTES = 64 * 2 ** 20;
const SPLINE_SLAB_BYTES = 512 * 2 ** 20;
/**
 * Cache-friendly sizes of the coefficient buffer. Larger ones take memory and are no faster; smaller ones are used if
 * necessary.
 */
const COEFFICIENT_BYTES = [32, 16, 8, 4, 2, 1, 0.5, 0].map((mebibytes) => mebibytes * 2 ** 20);

/**
 * Chooses how many planes to decide at a time so that the buffers, the slab and the result stay within `maxMemory`.
 *
 * @throws NnUNetError 'memory-limit' if not even one plane fits; the message says how much memory is needed
 */
export function planSlabs(request: SlabRequest): SlabPlan {
  const { resampling, resultBytes, voxelBytes, maxMemory = Number.POSITIVE_INFINITY } = request;
  const [planes, rows, columns] = resampling.newShape;
  const planeBytes = voxelBytes * rows * columns;
  const { least, wanted, coefficients, buffers } = wayOf(request, planeBytes);
  const bytesOf = (slab: number, held: number) => resultBytes + buffers(held) + slab * planeBytes;
  requireMemory(bytesOf(least, 0), maxMemory);
  const coefficientBytes = coefficients.find((held) => bytesOf(least, held) <= maxMemory) ?? 0;
  const fits = planeBytes === 0 ? planes : Math.floor((maxMemory - bytesOf(0, coefficientBytes)) / planeBytes);
  const slab = Math.max(least, Math.min(planes, wanted, fits));
  return { planes: slab, coefficientBytes, bytes: bytesOf(slab, coefficientBytes) };
}

/** How output planes are computed. */
interface Way {
  /** Number of planes to decide at a time, minimum and optimum. */
  least: number;
  wanted: number;
  /** Bytes of spline coefficients that may be held, best first. */
  coefficients: readonly number[];
  /** Bytes of everything except the slab and the result. */
  buffers(coefficientBytes: number): number;
}

function wayOf({ softmaxShape, resampling, decides }: SlabRequest, planeBytes: number): Way {
  const options = resampleOptions(softmaxShape, resampling);
  const planesOf = (bytes: number) => Math.max(8, Math.floor(bytes / Math.max(1, planeBytes)));
  const inPasses = ResampledPlanes.possible(options);
  // A class that is resampled as a whole is resampled only once if all planes are decided together.
  const least = inPasses ? 1 : resampling.newShape[0];
  const plain = { least, wanted: planesOf(SLAB_BYTES), coefficients: [0] };
  if (keepsShape(options)) return { ...plain, buffers: () => 0 };
  if (decides && tilesPay(options)) return { ...plain, wanted: TILE_PLANES, buffers: () => tileBytes(options) };
  const splines = { least, wanted: planesOf(SPLINE_SLAB_BYTES), coefficients: COEFFICIENT_BYTES };
  return {
    ...(options.order === 3 || options.orderZ === 3 ? splines : plain),
    buffers: (held) => (inPasses ? ResampledPlanes.bytes(options, held) : twoPassBytes(softmaxShape, resampling)),
  };
}

/** The resampled class, its slices, and the buffers of both passes. */
function twoPassBytes(softmaxShape: readonly number[], { newShape, order, orderZ, separateAxis }: SoftmaxResampling) {
  const shape = softmaxShape.slice(1);
  const middle = newShape.map((n, axis) => (axis === separateAxis ? shape[axis]! : n));
  const voxels = (of: readonly number[]) => of.reduce((a, b) => a * b, 1);
  const first = ResampledPlanes.bytes({ shape, newShape: middle, order, separateAxis });
  const second = ResampledPlanes.bytes({ shape: middle, newShape, order: orderZ });
  return 4 * (voxels(middle) + voxels(newShape)) + first + second;
}

/** @throws NnUNetError 'memory-limit' if `bytes` exceeds `maxMemory` */
export function requireMemory(bytes: number, maxMemory: number | undefined): void {
  if (maxMemory !== undefined && bytes > maxMemory) throw tooLittle(bytes, maxMemory);
}

function tooLittle(least: number, allowed: number): NnUNetError {
  // Small limits are given to the byte, so that the user knows exactly what suffices.
  const inWords = (bytes: number) => (bytes < 2 ** 24 ? `${Math.ceil(bytes)} bytes` : bytesInWords(bytes));
  return new NnUNetError('memory-limit', {
    what: `mapping the prediction back to the image needs at least ${inWords(least)}, but only ${inWords(allowed)} are allowed`,
    remedy: 'Allow more memory, or use a machine with more memory.',
  });
}
