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
/** Coefficients that stay near the processor too: more of them take as long, and memory. Fewer where they do not fit. */
const COEFFICIENT_BYTES = [32, 16, 8, 4, 2, 1, 0.5, 0].map((mebibytes) => mebibytes * 2 ** 20);

/**
 * Chooses how many planes are decided at once, so that the buffers, the slab and the result stay within `maxMemory`.
 *
 * @throws NnUNetError 'memory-limit' when not even one plane fits; tells how much would
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

/** How output planes are made. */
interface Way {
  /** Planes to decide at once, at least and at best. */
  least: number;
  wanted: number;
  /** Bytes of spline coefficients that may be held, the best first. */
  coefficients: readonly number[];
  /** Bytes of everything beside slab and result. */
  buffers(coefficientBytes: number): number;
}

function wayOf({ softmaxShape, resampling, decides }: SlabRequest, planeBytes: number): Way {
  const options = resampleOptions(softmaxShape, resampling);
  const planesOf = (bytes: number) => Math.max(8, Math.floor(bytes / Math.max(1, planeBytes)));
  const inPasses = ResampledPlanes.possible(options);
  // a class that is resampled at once is made once only if all planes are decided together
  const least = inPasses ? 1 : resampling.newShape[0];
  const plain = { least, wanted: planesOf(SLAB_BYTES), coefficients: [0] };
  if (keepsShape(options)) return { ...plain, buffers: () => 0 };
  if (decides && decidesByTiles(options)) return { ...plain, wanted: TILE_PLANES, buffers: () => tileBytes(options) };
  const splines = { least, wanted: planesOf(SPLINE_SLAB_BYTES), coefficients: COEFFICIENT_BYTES };
  return {
    ...(options.order === 3 || options.orderZ === 3 ? splines : plain),
    buffers: (held) => (inPasses ? ResampledPlanes.bytes(options, held) : twoPassBytes(softmaxShape, resampling)),
  };
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
    what: `mapping the prediction back to the image needs at least ${inWords(least)}, but only ${inWords(allowed)} are allowed`,
    remedy: 'Allow more memory, or use a machine with more memory.',
  });
}
