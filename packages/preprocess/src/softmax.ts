import { NnUNetError } from '@nnunet/errors';
import { type Order, type ResampleOptions, resampleData, type Shape3 } from '@nnunet/resample';
import { type Bounds, ResampledPlanes } from '@nnunet/resample/internal';

/** Class probabilities. */
export interface Softmax {
  /** (classes, z, y, x), in network order unless stated otherwise. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Receives the labels of a plane; the array is reused for later planes. */
export type LabelSink<L extends Uint8Array | Uint16Array = Uint8Array> = (plane: L, k: number) => void;

export interface SoftmaxResampling {
  newShape: Shape3;
  order: Order;
  separateAxis: number | null;
  orderZ: Order;
  positions?: ResampleOptions['positions'];
}

/** @throws NnUNetError 'bad-shape' if the array is not (classes, z, y, x) */
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

export function resampleOptions(softmaxShape: readonly number[], resampling: SoftmaxResampling): ResampleOptions {
  return { shape: softmaxShape.slice(1), ...resampling };
}

/** Whether the probabilities already have the wanted shape. */
export function keepsShape({ shape, newShape }: ResampleOptions): boolean {
  return shape.join() === newShape.join();
}

/**
 * Resampled probabilities, plane by plane along the first axis, one class at a time in one set of buffers. If all
 * slices are needed first, the current class is resampled as a whole.
 */
export class SoftmaxPlanes {
  readonly #softmax: Softmax;
  readonly #options: ResampleOptions;
  readonly #planes: ResampledPlanes | null;
  readonly #bounds: (Bounds | undefined)[] = [];
  #whole: Float32Array | undefined;
  #wholeClass = -1;

  /** @param coefficientBytes bytes of spline coefficients held at a time */
  constructor(softmax: Softmax, resampling: SoftmaxResampling, coefficientBytes?: number) {
    this.#softmax = softmax;
    this.#options = resampleOptions(softmax.shape, resampling);
    const streams = ResampledPlanes.possible(this.#options) && !keepsShape(this.#options);
    this.#planes = streams ? new ResampledPlanes(this.#options, coefficientBytes) : null;
  }

  /** Selects a class. `last`: the last plane that will be requested. */
  use(c: number, last: number): void {
    const channel = channelOf(this.#softmax, c);
    if (this.#planes !== null) {
      if (!(c in this.#bounds)) this.#bounds[c] = this.#planes.boundsOf(channel);
      this.#planes.use(channel, this.#bounds[c], last);
    } else if (keepsShape(this.#options)) this.#whole = channel;
    else if (this.#wholeClass !== c) {
      this.#whole = resampleData(channel, this.#options, this.#whole);
      this.#wholeClass = c;
    }
  }

  /** Returns plane k of the selected class; valid until the next call. Ascending access is fast. */
  plane(k: number): Float32Array | Float64Array {
    if (this.#planes !== null) return this.#planes.plane(k);
    const size = this.#options.newShape[1]! * this.#options.newShape[2]!;
    return this.#whole!.subarray(k * size, (k + 1) * size);
  }
}
