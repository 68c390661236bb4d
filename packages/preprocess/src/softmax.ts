import { NnUNetError } from '@nnunet/errors';
import { kernelsOf, type Order, PlaneStream, resampleData, type Shape3 } from '@nnunet/resample';

/** Class probabilities. */
export interface Softmax {
  /** (classes, z, y, x); network order unless said otherwise. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Planes of one class along the first axis, ascending; each valid until the next is asked for. */
export interface PlaneSource {
  plane(k: number): Float32Array | Float64Array;
}

export interface SoftmaxResampling {
  newShape: Shape3;
  order: Order;
  separateAxis: number | null;
  orderZ: Order;
}

/** @throws NnUNetError 'bad-shape' when the array is not (classes, z, y, x) */
export function checkSoftmax({ data, shape }: Softmax): void {
  if (shape.length === 4 && shape.reduce((a, b) => a * b, 1) === data.length && data.length > 0) return;
  throw new NnUNetError('bad-shape', {
    what: `probabilities of shape [${shape.join(', ')}] with ${data.length} values`,
    remedy: 'Probabilities have the axes (classes, z, y, x).',
  });
}

export function channelOf({ data, shape }: Softmax, c: number): Float32Array {
  const size = data.length / shape[0]!;
  return data.subarray(c * size, (c + 1) * size);
}

/** True when resampling needs no array of the output's size: all but splines. */
export function streams({ order, orderZ, separateAxis }: SoftmaxResampling): boolean {
  return order !== 3 && (separateAxis === null || orderZ !== 3);
}

/** One class, resampled plane by plane where that is possible, else at once. */
export function resampledPlanes(softmax: Softmax, c: number, resampling: SoftmaxResampling): PlaneSource {
  const { newShape, order, orderZ, separateAxis } = resampling;
  const shape = softmax.shape.slice(1) as unknown as Shape3;
  const channel = channelOf(softmax, c);
  const size = newShape[1] * newShape[2];
  if (shape.join() === newShape.join()) return planesOf(channel, size);
  if (!streams(resampling)) return planesOf(resampleData(channel, { shape, ...resampling }), size);
  const kernels = kernelsOf(shape, newShape, order, separateAxis);
  if (separateAxis !== null && orderZ !== 0) {
    kernels[separateAxis] = kernelsOf(shape, newShape, orderZ, null)[separateAxis]!;
  }
  return new PlaneStream(channel, kernels);
}

function planesOf(data: Float32Array, size: number): PlaneSource {
  return { plane: (k) => data.subarray(k * size, (k + 1) * size) };
}
