/** A size after padding, and where the image lies in it. */
export interface Padding {
  /** Voxels per axis after padding. */
  readonly shape: number[];
  /** Per axis [first, end) of the image within the padded array. */
  readonly where: [number, number][];
}

/**
 * How an image is padded to at least a patch: half of the missing voxels below, the greater half above.
 *
 * @param shape voxels per axis of the image
 * @param patchSize least voxels per axis wanted
 * @param divisor the result is rounded up to multiples of it, where given
 *
 * Origin: batchgenerators' `pad_nd_image`.
 */
export function padToPatch(
  shape: readonly number[],
  patchSize: readonly number[],
  divisor?: readonly number[] | null,
): Padding {
  const padded = shape.map((size, axis) => {
    const wanted = Math.max(size, patchSize[axis]!);
    const d = divisor?.[axis] ?? 1;
    return Math.ceil(wanted / d) * d;
  });
  const where = shape.map((size, axis): [number, number] => {
    const below = Math.floor((padded[axis]! - size) / 2);
    return [below, below + size];
  });
  return { shape: padded, where };
}
