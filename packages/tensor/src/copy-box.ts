import { sizeOf, stridesOf, type TypedArray } from './tensor.ts';

/**
 * Copies a box from a row-major array.
 * @param box [low, high) per axis
 * @throws RangeError for a box that exceeds the array
 */
export function copyBox<T extends TypedArray>(
  data: T,
  shape: readonly number[],
  box: readonly (readonly [number, number])[],
): T {
  if (shape.length !== box.length || !box.every(([low, high], a) => low >= 0 && low <= high && high <= shape[a]!)) {
    throw new RangeError(
      `box ${box.map((side) => side.join(' to ')).join(', ')} lies outside shape ${shape.join(',')}`,
    );
  }
  const sides = box.map(([low, high]) => high - low);
  const steps = stridesOf(shape);
  const out = new (data.constructor as new (size: number) => T)(sizeOf(sides));
  copyRows(data.subarray(box.reduce((sum, [low], a) => sum + low * steps[a]!, 0)), { steps, box: sides }, out);
  return out;
}

/**
 * Copies a box that starts at the first element of `source`, row by row.
 * @param steps stride of `source` along each axis, in elements; 1 for the last
 */
export function copyRows(
  source: TypedArray,
  { steps, box }: { steps: readonly number[]; box: readonly number[] },
  out: TypedArray,
): void {
  const last = box.length - 1;
  const length = box[last] ?? 1;
  const size = sizeOf(box);
  const position = box.map(() => 0);
  for (let to = 0; to < size; to += length) {
    let from = 0;
    for (let a = 0; a < last; a++) from += position[a]! * steps[a]!;
    (out as Float32Array).set(source.subarray(from, from + length) as Float32Array, to);
    for (let a = last - 1; a >= 0 && ++position[a]! === box[a]; a--) position[a] = 0;
  }
}
