import { NnUNetError } from '@nnunet/errors';

/** (z, y, x) */
export type Shape3 = readonly [number, number, number];

export type FloatArray = Float32Array | Float64Array;

/** Prepends 1 to a shape with two axes. */
export function shape3(shape: readonly number[], length?: number): Shape3 {
  const whole = shape.every((n) => Number.isInteger(n) && n > 0);
  const size = shape.reduce((a, b) => a * b, 1);
  if (!whole || (shape.length !== 2 && shape.length !== 3) || (length !== undefined && size !== length)) {
    throw new NnUNetError('bad-shape', {
      what: `an image of shape [${shape.join(', ')}]${length === undefined ? '' : ` with ${length} values`} cannot be resampled`,
      remedy: 'Shapes have two or three positive whole numbers, whose product is the number of values.',
    });
  }
  return shape.length === 2 ? [1, shape[0]!, shape[1]!] : [shape[0]!, shape[1]!, shape[2]!];
}

/** Allocates an array of the same type. */
export function likeOf<T extends FloatArray>(data: T, length: number): T {
  return (data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)) as T;
}
