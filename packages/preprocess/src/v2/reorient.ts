import type { TypedArray } from '@nnunet/tensor';
import { axisCodes, type Triple, type Volume } from '@nnunet/volume';
import { inverseOrder, permuted } from '../transpose.ts';

/** A reorientation of array axes: axis i is axis order[i] of the source, reversed if flip[i]. */
export interface Orientation {
  /** (z, y, x) */
  order: number[];
  flip: boolean[];
}

/** Direction codes of each array axis (z, y, x) in RAS, and their opposites. */
const WORLD = ['SI', 'AP', 'RL'];

/**
 * Returns the reorientation to RAS: x increases to the right, y to the front, z upwards; oblique axes are assigned to
 * the nearest. From v2's readers `NibabelIOWithReorient` and `SimpleITKIOWithReorient`.
 */
export function orientationToRas(volume: Volume<TypedArray>): Orientation {
  const codes = [...axisCodes(volume)].reverse();
  const order = WORLD.map((pair) => codes.findIndex((code) => pair.includes(code)));
  return { order, flip: order.map((axis, i) => codes[axis] === WORLD[i]![1]) };
}

/** Whether a reorientation is the identity. */
export function keepsOrientation({ order, flip }: Orientation): boolean {
  return order.every((axis, i) => axis === i) && !flip.includes(true);
}

/** Returns the inverse of a reorientation. */
export function inverseOrientation({ order, flip }: Orientation): Orientation {
  const inverse = inverseOrder(order);
  return { order: inverse, flip: permuted(flip, inverse) };
}

/** Reorients a volume and its geometry; every voxel keeps its position in the patient. */
export function reorient<T extends TypedArray>(volume: Volume<T>, orientation: Orientation): Volume<T> {
  if (keepsOrientation(orientation)) return volume;
  const { order, flip } = orientation;
  // Columns of the direction and the origin are in (x, y, z).
  const column = (axis: number) => [0, 1, 2].map((world) => volume.direction[3 * world + 2 - axis]!);
  const origin = [...volume.origin];
  const direction = new Array<number>(9);
  order.forEach((axis, i) => {
    const along = column(axis);
    for (let world = 0; world < 3; world++) {
      direction[3 * world + 2 - i] = flip[i] ? -along[world]! : along[world]!;
      if (flip[i]) origin[world]! += along[world]! * volume.spacing[axis]! * (volume.shape[axis]! - 1);
    }
  });
  return {
    data: reorientArray(volume.data, volume.shape, orientation),
    shape: permuted(volume.shape, order) as unknown as Triple,
    spacing: permuted(volume.spacing, order) as unknown as Triple,
    origin: origin as unknown as Triple,
    direction,
  };
}

/** @param shape (z, y, x) of `data` */
export function reorientArray<T extends TypedArray>(data: T, shape: readonly number[], orientation: Orientation): T {
  if (keepsOrientation(orientation)) return data;
  const { order, flip } = orientation;
  const strides = [shape[1]! * shape[2]!, shape[2]!, 1];
  const sizes = permuted(shape, order);
  let start = 0;
  const steps = order.map((axis, i) => {
    if (!flip[i]) return strides[axis]!;
    start += strides[axis]! * (sizes[i]! - 1);
    return -strides[axis]!;
  });
  const out = new (data.constructor as new (n: number) => T)(data.length);
  for (let i = 0, to = 0; i < sizes[0]!; i++) {
    for (let j = 0; j < sizes[1]!; j++) {
      let from = start + i * steps[0]! + j * steps[1]!;
      for (let k = 0; k < sizes[2]!; k++, to++, from += steps[2]!) out[to] = data[from]!;
    }
  }
  return out;
}
